import { LupaError } from '@lupa/core/domain/errors'
import type { Timings } from '@lupa/core/domain/job'
import type { Params } from '@lupa/core/domain/params'
import type { PredictionView, StoredPrediction } from '@lupa/core/domain/prediction'
import { type Size, viewPrediction } from '@lupa/core/domain/view-prediction'
import { decodeBoxes } from './decode/boxes.ts'
import { decodeClassify } from './decode/classify.ts'
import type { LoadedModel } from './load-model.ts'
import type { OnnxSession, Output } from './onnx-session.ts'
import { centreCropImage, letterboxImage, padImage } from './preprocess.ts'

/** What a model says of an image. */
export interface PredictOutcome {
  stored: StoredPrediction
  view: PredictionView
  /** As a person sees it. */
  image: Size
  timings: Record<keyof Pick<Timings, 'preprocess_ms' | 'inference_ms' | 'postprocess_ms'>, number>
}

/** One image, from its bytes to what the model says of it. Rejects with `image_unreadable`, among others. */
export async function predictImage(
  bytes: Uint8Array,
  model: LoadedModel,
  params: Params,
): Promise<PredictOutcome> {
  const startMs = performance.now()
  const prepared = await prepare(bytes, model)
  const preparedMs = performance.now()
  const outputs = await run(model.session, prepared.fit.input)
  const ranMs = performance.now()
  const stored = prepared.decode(outputs)
  const view = viewPrediction(stored, params, prepared.image)
  return {
    stored,
    view,
    image: prepared.image,
    timings: {
      preprocess_ms: toTenths(preparedMs - startMs),
      inference_ms: toTenths(ranMs - preparedMs),
      postprocess_ms: toTenths(performance.now() - ranMs),
    },
  }
}

/** The image in the model's tensor, and how to read the answer. */
async function prepare(bytes: Uint8Array, { session, package: model, layout }: LoadedModel) {
  const { names } = model
  if (layout.task === 'classify') {
    const fitImage = model.fit === 'pad' ? padImage : centreCropImage
    const { image, fit } = await fitImage(bytes, session, model)
    return { image, fit, decode: (outputs: Output[]) => decodeClassify(outputs, { layout, names }) }
  }
  const { image, fit } = await letterboxImage(bytes, session, model)
  const context = { names, letterbox: fit }
  return { image, fit, decode: (outputs: Output[]) => decodeBoxes(outputs, layout, context) }
}

async function run(session: OnnxSession, input: Size): Promise<Output[]> {
  try {
    return await session.run(input)
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown)
    throw new LupaError('prediction_failed', `The model failed on this image: ${reason}`, { cause: thrown })
  }
}

const toTenths = (ms: number) => Math.round(ms * 10) / 10
