import type { StoredPrediction } from '@lupa/core/domain/prediction'
import type { Size } from '@lupa/core/domain/size'
import { decodeBoxes } from './decode/boxes.ts'
import { decodeClassify } from './decode/classify.ts'
import type { ExpectedImage } from './decode-image.ts'
import type { LoadedModel } from './load-model.ts'
import type { Output } from './onnx-session.ts'
import { centreCropImage, letterboxImage, padImage } from './preprocess.ts'

/** An image that was drawn for the model, and how to read the answer. */
export interface PreparedImage {
  /** As a person sees it. */
  image: Size
  /** What the model is given, in pixels. */
  input: Size
  decode: (outputs: Output[]) => StoredPrediction
  /** When its pixels were there, by `performance.now`. */
  decodedAtMs: number
}

/** Decodes an image and draws it where the session says. Rejects with `image_unreadable`, among others. */
export async function prepareImage(
  bytes: Uint8Array,
  { session, package: model, layout, maxImagePixels }: LoadedModel,
  expected?: ExpectedImage,
): Promise<PreparedImage> {
  const { names } = model
  const wanted = { ...model, maxImagePixels, expected }
  if (layout.task === 'classify') {
    const fitImage = model.fit === 'pad' ? padImage : centreCropImage
    const { image, fit, decodedAtMs } = await fitImage(bytes, session, wanted)
    const decode = (outputs: Output[]) => decodeClassify(outputs, { layout, names })
    return { image, input: fit.input, decode, decodedAtMs }
  }
  const { image, fit, decodedAtMs } = await letterboxImage(bytes, session, wanted)
  const context = { names, letterbox: fit }
  const decode = (outputs: Output[]) => decodeBoxes(outputs, layout, context)
  return { image, input: fit.input, decode, decodedAtMs }
}
