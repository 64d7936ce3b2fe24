import {
  CANDIDATE_WIDTH,
  type Candidates,
  CLASS,
  CONFIDENCE,
  packCandidates,
} from '@lupa/core/domain/candidates'
import { type Letterbox, toImageBox } from '@lupa/core/domain/letterbox'
import { suppress } from '@lupa/core/domain/non-max-suppression'
import { CANDIDATE_FLOOR, IOU_STEPS, MAX_CANDIDATES } from '@lupa/core/domain/prediction'
import type { Output } from '../onnx-session.ts'
import type { BoxLayout } from '../output-layout.ts'

/** What is needed to read a prediction, beside the outputs. */
export interface DecodeContext<L extends BoxLayout = BoxLayout> {
  layout: L
  names: readonly string[]
  letterbox: Letterbox
}

/** What a model says, however its output is laid out: boxes, each with its best class and what the task adds. */
export interface Proposals {
  /** By proposal. */
  confidence: Float32Array
  classNumber: Uint16Array
  /** In model pixels: x, y, width, height of the centre form; x1, y1, x2, y2 of the corners. */
  box: (proposal: number, number: number) => number
  boxForm: 'centre' | 'corners'
  extra: (proposal: number, number: number) => number
}

export function readProposals({ data, shape }: Output, layout: BoxLayout): Proposals {
  const [, rows = 0, columns = 0] = shape
  return layout.form === 'anchors'
    ? readAnchors(data, columns, layout)
    : readRows(data, { rows, width: columns }, layout)
}

function readAnchors(data: Float32Array, anchors: number, { classes }: BoxLayout): Proposals {
  return {
    ...bestClasses(data, classes, anchors),
    box: (anchor, number) => data[number * anchors + anchor] as number,
    boxForm: 'centre',
    extra: (anchor, number) => data[(4 + classes + number) * anchors + anchor] as number,
  }
}

/** Goes through the output class by class, as it lies in memory. */
function bestClasses(data: Float32Array, classes: number, anchors: number) {
  const confidence = new Float32Array(anchors)
  const classNumber = new Uint16Array(anchors)
  let at = 4 * anchors
  for (let candidate = 0; candidate < classes; candidate++) {
    for (let anchor = 0; anchor < anchors; anchor++, at++) {
      const score = data[at] as number
      if (score > (confidence[anchor] as number)) {
        confidence[anchor] = score
        classNumber[anchor] = candidate
      }
    }
  }
  return { confidence, classNumber }
}

function readRows(
  data: Float32Array,
  { rows, width }: { rows: number; width: number },
  { classes }: BoxLayout,
): Proposals {
  const confidence = new Float32Array(rows)
  const classNumber = new Uint16Array(rows)
  for (let row = 0; row < rows; row++) {
    const said = data[row * width + CLASS] as number
    // Of no class of the model's: not a detection.
    if (!(Number.isInteger(said) && said >= 0 && said < classes)) continue
    confidence[row] = data[row * width + CONFIDENCE] as number
    classNumber[row] = said
  }
  return {
    confidence,
    classNumber,
    box: (row, number) => data[row * width + number] as number,
    boxForm: 'corners',
    extra: (row, number) => data[row * width + CANDIDATE_WIDTH + number] as number,
  }
}

/** The proposals above the floor, the surest first, those of one confidence in the model's order. */
export function surestOf({ confidence }: Proposals): number[] {
  const above: number[] = []
  for (let proposal = 0; proposal < confidence.length; proposal++) {
    if ((confidence[proposal] as number) > CANDIDATE_FLOOR) above.push(proposal)
  }
  return above
    .toSorted((a, b) => (confidence[b] as number) - (confidence[a] as number) || a - b)
    .slice(0, MAX_CANDIDATES)
}

/** Candidates in image pixels, and the proposal that each was. */
export interface Picked {
  candidates: Candidates
  proposals: number[]
}

/**
 * A row for each of the surest proposals: its box, confidence and class, and what `fill` writes after
 * them. One with a number that is none, or too large for one, is left out.
 */
export function pick(
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

/** In corners. */
export function boxInModel({ box, boxForm }: Proposals, proposal: number) {
  const x = box(proposal, 0)
  const y = box(proposal, 1)
  if (boxForm === 'corners') return { x1: x, y1: y, x2: box(proposal, 2), y2: box(proposal, 3) }
  const halfWidth = box(proposal, 2) / 2
  const halfHeight = box(proposal, 3) / 2
  return { x1: x - halfWidth, y1: y - halfHeight, x2: x + halfWidth, y2: y + halfHeight }
}

function areNumbers(candidates: Candidates, at: number, width: number): boolean {
  for (let number = at; number < at + width; number++) {
    if (!Number.isFinite(candidates[number])) return false
  }
  return true
}

/**
 * The rows worth keeping where a candidate is large, at most so many, in the order in which they are to
 * be given room: see StoredPrediction.
 */
export function survivorsOf(
  candidates: Candidates,
  { width, layout, most }: { width: number; layout: BoxLayout; most: number },
): number[] {
  const everything = { conf: 0, max_det: most, classes: null }
  const steps = layout.form === 'rows' ? [Number.POSITIVE_INFINITY] : IOU_STEPS
  const survivors = new Set<number>()
  for (const iou of steps) {
    for (const row of suppress(candidates, { ...everything, iou }, width)) {
      if (survivors.size < most) survivors.add(row)
    }
  }
  return [...survivors]
}

/** Those rows of the candidates, in that order. */
export function rowsOf(candidates: Candidates, rows: readonly number[], width: number): Candidates {
  const chosen = new Float32Array(rows.length * width)
  rows.forEach((row, at) => {
    chosen.set(candidates.subarray(row * width, (row + 1) * width), at * width)
  })
  return chosen
}

/** What is kept of candidates, whatever the task. */
export function storedOf(
  candidates: Candidates,
  { width, names, layout }: { width: number; names: readonly string[]; layout: BoxLayout },
) {
  return {
    names: namesAmong(candidates, width, names),
    candidates: packCandidates(candidates),
    ...(layout.form === 'rows' ? { suppressed: true as const } : {}),
  }
}

function namesAmong(candidates: Candidates, width: number, names: readonly string[]): Record<string, string> {
  const found: Record<string, string> = {}
  for (let at = CLASS; at < candidates.length; at += width) {
    const classNumber = candidates[at] as number
    found[classNumber] ??= names[classNumber] ?? String(classNumber)
  }
  return found
}
