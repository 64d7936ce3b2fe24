import { fitLetterbox, fitRectangle, type Letterbox } from '@lupa/core/domain/letterbox'
import type { Size } from '@lupa/core/domain/size'
import { freeArray } from '@lupa/core/runtime/free-array'
import { type CentreCrop, fitCentreCrop } from './centre-crop.ts'
import { decodeImage, type ExpectedImage, type Raster } from './decode-image.ts'
import type { OnnxSession } from './onnx-session.ts'
import { drawAntialiased, drawBilinear } from './resample.ts'

/** What the way out must know of the way in: the image as a person sees it, and how it was fitted. */
export interface Prepared<Fit> {
  image: Size
  fit: Fit
  /** When its pixels were there, by `performance.now`. */
  decodedAtMs: number
}

/** Shrunk to 640 pixels while loading, a photograph of 12 megapixels moves confidences by up to 0.10. */
const LETTERBOX_SHRINK = { fromFactor: 5, kernel: 'mks2013' } as const
/** Preprocessing costs more than a small classifier does; a shrunk photograph moves them by up to 0.05. */
const CLASSIFY_SHRINK = { fromFactor: 3, kernel: 'linear' } as const

interface Wanted {
  imgsz: Size
  /** Images of more pixels are refused. */
  maxImagePixels: number
  expected?: ExpectedImage | undefined
}

/** For detection: the whole image, scaled and padded to the model's input. */
export async function letterboxImage(
  bytes: Uint8Array,
  session: OnnxSession,
  { imgsz, stride, maxImagePixels, expected }: Wanted & { stride: number },
): Promise<Prepared<Letterbox>> {
  const fitTo = (image: Size) =>
    session.fixedSize ? fitLetterbox(image, session.fixedSize) : fitRectangle(image, imgsz, stride)
  const { raster, image } = await decodeImage(bytes, {
    fit: (size) => fitTo(size).resized,
    shrinkOnLoad: LETTERBOX_SHRINK,
    maxPixels: maxImagePixels,
    expected,
  })
  const decodedAtMs = performance.now()
  const fit = fitTo(image)
  drawLetterboxed(raster, fit, session.pixelsFor(fit.input))
  freeArray(raster.rgb)
  return { image, fit, decodedAtMs }
}

/** For classification: the short side scaled to the model's, and the middle of the long one. */
export async function centreCropImage(
  bytes: Uint8Array,
  session: OnnxSession,
  { imgsz, maxImagePixels, expected }: Wanted,
): Promise<Prepared<CentreCrop>> {
  const input = session.fixedSize ?? imgsz
  const { raster, image } = await decodeImage(bytes, {
    fit: (size) => fitCentreCrop(size, input).resized,
    shrinkOnLoad: CLASSIFY_SHRINK,
    maxPixels: maxImagePixels,
    expected,
  })
  const decodedAtMs = performance.now()
  const fit = fitCentreCrop(image, input)
  drawCentreCropped(raster, fit, session.pixelsFor(input))
  freeArray(raster.rgb)
  return { image, fit, decodedAtMs }
}

/** For a classifier that was trained on whole images: scaled, and padded to the model's input. */
export async function padImage(
  bytes: Uint8Array,
  session: OnnxSession,
  { imgsz, maxImagePixels, expected }: Wanted,
): Promise<Prepared<Letterbox>> {
  const input = session.fixedSize ?? imgsz
  const { raster, image } = await decodeImage(bytes, {
    fit: (size) => fitLetterbox(size, input).resized,
    shrinkOnLoad: CLASSIFY_SHRINK,
    maxPixels: maxImagePixels,
    expected,
  })
  const decodedAtMs = performance.now()
  const fit = fitLetterbox(image, input)
  drawPadded(raster, fit, session.pixelsFor(input))
  freeArray(raster.rgb)
  return { image, fit, decodedAtMs }
}

/** Fills float32 [3, height, width]: the image, and grey around it. */
export function drawLetterboxed(raster: Raster, letterbox: Letterbox, pixelsChw: Float32Array): void {
  const { input, resized, padLeft: left, padTop: top } = letterbox
  drawBilinear(raster, resized, { pixelsChw, input, left, top })
}

/** The same, resized as Pillow does instead of as OpenCV does: classifiers are trained so. */
export function drawPadded(raster: Raster, letterbox: Letterbox, pixelsChw: Float32Array): void {
  const { input, resized, padLeft: left, padTop: top } = letterbox
  drawAntialiased(raster, resized, { ...resized, left: 0, top: 0 }, { pixelsChw, input, left, top })
}

/** Fills float32 [3, height, width] with the middle of the image. */
export function drawCentreCropped(raster: Raster, crop: CentreCrop, pixelsChw: Float32Array): void {
  const { input, resized, left, top } = crop
  drawAntialiased(raster, resized, { ...input, left, top }, { pixelsChw, input, left: 0, top: 0 })
}
