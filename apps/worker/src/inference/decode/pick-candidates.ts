import { type Candidates, CLASS, CONFIDENCE } from '@lupa/core/domain/candidates'
import { type Letterbox, toImageBox } from '@lupa/core/domain/letterbox'
import { CANDIDATE_FLOOR, MAX_CANDIDATES } from '@lupa/core/domain/prediction'
import { boxInModel, type Proposals } from './proposals.ts'

/** Candidates in image pixels, and the proposal that each was. */
export interface Picked {
  candidates: Candidates
  proposals: number[]
}

/**
 * A row for each of the surest proposals: its box, confidence and class, and what `fill` writes after
 * them. One with a number that is none, or too large for one, is left out.
 */
export function pickCandidates(
  proposals: Proposals,
  { letterbox, width }: { letterbox: Letterbox; width: number },
  fill: (candidates: Candidates, at: number, proposal: number) => void = () => {},
): Picked {
  const surest = surestOf(proposals)
  const candidates = new Float32Array(surest.length * width)
  const picked: number[] = []
  let at = 0
  for (const proposal of surest) {
    const box = toImageBox(boxInModel(proposals, proposal), letterbox)
    candidates[at] = box.x1
    candidates[at + 1] = box.y1
    candidates[at + 2] = box.x2
    candidates[at + 3] = box.y2
    candidates[at + CONFIDENCE] = proposals.confidence[proposal] as number
    candidates[at + CLASS] = proposals.classNumber[proposal] as number
    fill(candidates, at, proposal)
    if (!areNumbers(candidates, at, width)) continue
    picked.push(proposal)
    at += width
  }
  return { candidates: candidates.subarray(0, at), proposals: picked }
}

/** The proposals above the floor, the surest first, those of one confidence in the model's order. */
function surestOf({ confidence }: Proposals): number[] {
  const above: number[] = []
  for (let proposal = 0; proposal < confidence.length; proposal++) {
    if ((confidence[proposal] as number) > CANDIDATE_FLOOR) above.push(proposal)
  }
  return above
    .toSorted((a, b) => (confidence[b] as number) - (confidence[a] as number) || a - b)
    .slice(0, MAX_CANDIDATES)
}

function areNumbers(candidates: Candidates, at: number, width: number): boolean {
  for (let number = at; number < at + width; number++) {
    if (!Number.isFinite(candidates[number])) return false
  }
  return true
}
