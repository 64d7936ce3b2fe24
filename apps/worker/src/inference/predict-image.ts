import type { Params } from '@lupa/core/domain/params'
import type { LoadedModel } from './load-model.ts'
import { predictImages } from './predict-images.ts'
import type { PredictOutcome } from './predict-outcome.ts'

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
