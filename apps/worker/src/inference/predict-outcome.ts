import type { Timings } from '@lupa/core/domain/job'
import type { PredictionView, StoredPrediction } from '@lupa/core/domain/prediction'
import type { Size } from '@lupa/core/domain/size'

/** What a model says of an image. */
export interface PredictOutcome {
  stored: StoredPrediction
  view: PredictionView
  /** As a person sees it. */
  image: Size
  timings: PredictTimings
  /** The steps that it took, in their order. */
  steps: PredictStep[]
}

/** By the clock of the machine, which this process and the one that asks have in common. */
export interface PredictStep {
  /** The first two are what `preprocess_ms` is the time of. */
  step: 'decode' | 'preprocess' | 'inference' | 'postprocess'
  startMs: number
  endMs: number
}

export type PredictTimings = Record<'preprocess_ms' | 'inference_ms' | 'postprocess_ms', number> &
  Pick<Timings, 'batch_size'>
