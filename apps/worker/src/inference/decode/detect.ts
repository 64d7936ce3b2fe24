import { CANDIDATE_WIDTH, type Candidates, packCandidates } from '@lupa/core/domain/candidates'
import { CANDIDATE_FLOOR, MAX_CANDIDATES, type StoredPrediction } from '@lupa/core/domain/prediction'
import { type Letterbox, toImageBox } from '../letterbox.ts'
import type { Output } from '../onnx-session.ts'

/** Rows of the output before the classes': centre x, centre y, width, height in model pixels. */
const BOX_ROWS = 4

/** From a detector's output, float32 [1, 4 + classes, anchors], to what is kept of it. */
export function decodeDetect(
  output: Output,
  names: readonly string[],
  letterbox: Letterbox,
): Extract<StoredPrediction, { task: 'detect' }> {
  const candidates = toCandidates(output, letterbox)
  return { task: 'detect', names: namesAmong(candidates, names), candidates: packCandidates(candidates) }
}

/** The candidates above the floor in image pixels, the surest first, those of one confidence by anchor. */
export function toCandidates({ data, shape }: Output, letterbox: Letterbox): Candidates {
  const [, rows = 0, anchors = 0] = shape
  const { confidence, classNumber } = bestClasses(data, rows - BOX_ROWS, anchors)
  const surest = anchorsAbove(confidence, CANDIDATE_FLOOR)
    .toSorted((a, b) => (confidence[b] as number) - (confidence[a] as number) || a - b)
    .slice(0, MAX_CANDIDATES)

  const candidates = new Float32Array(surest.length * CANDIDATE_WIDTH)
  surest.forEach((anchor, row) => {
    const box = toImageBox(boxInModel(data, anchors, anchor), letterbox)
    const at = row * CANDIDATE_WIDTH
    candidates[at] = box.x1
    candidates[at + 1] = box.y1
    candidates[at + 2] = box.x2
    candidates[at + 3] = box.y2
    candidates[at + 4] = confidence[anchor] as number
    candidates[at + 5] = classNumber[anchor] as number
  })
  return candidates
}

/** Goes through the output class by class, as it lies in memory. */
function bestClasses(data: Float32Array, classes: number, anchors: number) {
  const confidence = new Float32Array(anchors)
  const classNumber = new Uint16Array(anchors)
  let at = BOX_ROWS * anchors
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

function anchorsAbove(confidence: Float32Array, floor: number): number[] {
  const anchors: number[] = []
  for (let anchor = 0; anchor < confidence.length; anchor++) {
    if ((confidence[anchor] as number) > floor) anchors.push(anchor)
  }
  return anchors
}

function boxInModel(data: Float32Array, anchors: number, anchor: number) {
  const x = data[anchor] as number
  const y = data[anchors + anchor] as number
  const halfWidth = (data[2 * anchors + anchor] as number) / 2
  const halfHeight = (data[3 * anchors + anchor] as number) / 2
  return { x1: x - halfWidth, y1: y - halfHeight, x2: x + halfWidth, y2: y + halfHeight }
}

function namesAmong(candidates: Candidates, names: readonly string[]): Record<string, string> {
  const found: Record<string, string> = {}
  for (let at = 5; at < candidates.length; at += CANDIDATE_WIDTH) {
    const classNumber = candidates[at] as number
    found[classNumber] ??= names[classNumber] ?? String(classNumber)
  }
  return found
}
