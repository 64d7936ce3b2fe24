import type { Timings } from '@lupa/core/domain/job'
import type { Params } from '@lupa/core/domain/params'
import type { PredictionView, StoredPrediction } from '@lupa/core/domain/prediction'
import type { Size } from '@lupa/core/domain/view-prediction'
import type { LoadedModel } from './load-model.ts'
import { predictImages } from './predict-images.ts'

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

/** One image, from its bytes to what the model says of it. Rejects with `image_unreadable`, among others. */
export async function predictImage(
  image: Uint8Array,
  model: LoadedModel,
  params: Params,
): Promise<PredictOutcome> {
  const [result] = await predictImages([{ image, params }], model)
  if (result?.status !== 'fulfilled') throw result?.reason
  return result.value
}
