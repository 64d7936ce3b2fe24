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
}

export type PredictTimings = Record<'preprocess_ms' | 'inference_ms' | 'postprocess_ms', number> &
  Pick<Timings, 'batch_size'>
