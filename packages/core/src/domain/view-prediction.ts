import { CANDIDATE_WIDTH, unpackCandidates } from './candidates.ts'
import { suppress } from './non-max-suppression.ts'
import type { Params } from './params.ts'
import type { Detection, PredictionView, StoredPrediction } from './prediction.ts'

export interface Size {
  width: number
  height: number
}

/** A stored prediction as a client sees it under some parameters. Pure: the model is not run. */
export function viewPrediction(stored: StoredPrediction, params: Params, image: Size): PredictionView {
  const predictions = stored.task === 'classify' ? stored.top : detectionsOf(stored, params, image)
  const [top] = predictions
  return { prediction: top?.name ?? null, confidence: top?.confidence ?? null, predictions }
}

function detectionsOf(
  { candidates: packed, names }: Extract<StoredPrediction, { task: 'detect' }>,
  params: Params,
  image: Size,
): Detection[] {
  const candidates = unpackCandidates(packed)
  return suppress(candidates, params).map((row) => {
    const at = row * CANDIDATE_WIDTH
    const classNumber = candidates[at + 5] as number
    return {
      name: names[classNumber] ?? String(classNumber),
      class: classNumber,
      confidence: round(candidates[at + 4] as number),
      box: {
        x1: round(clamp(candidates[at] as number, image.width)),
        y1: round(clamp(candidates[at + 1] as number, image.height)),
        x2: round(clamp(candidates[at + 2] as number, image.width)),
        y2: round(clamp(candidates[at + 3] as number, image.height)),
      },
    }
  })
}

const clamp = (pixels: number, limit: number) => Math.min(Math.max(pixels, 0), limit)

/** Five decimals, as Ultralytics' `summary()`. */
export function round(value: number): number {
  return Math.round(value * 1e5) / 1e5
}
