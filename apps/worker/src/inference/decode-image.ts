import { LupaError } from '@lupa/core/domain/errors'
import { MAX_IMAGE_SIDE } from '@lupa/core/domain/image-limits'
import type { Size } from '@lupa/core/domain/size'
import sharp, { type ResizeOptions, type SharpOptions } from 'sharp'
import { decodeJpeg } from './decode-jpeg.ts'

/** A decoded image: 8-bit RGB, row by row, without gaps. Good until the next one is decoded. */
export interface Raster extends Size {
  rgb: Uint8Array
}

export interface DecodedImage {
  raster: Raster
  /** The image as a person sees it; the raster is smaller when it was shrunk while decoding. */
  image: Size
}

/**
 * A larger image is resized while it is decoded, whatever its format, so that it never lies in memory
 * as a whole. One with alpha does: sharp would make black what is transparent.
 */
const MAX_WHOLE_PIXELS = 16_000_000

/** libvips' loaders for the formats we take; every other one is blocked. */
const LOADERS = ['Jpeg', 'Png', 'Webp', 'Heif', 'Tiff', 'Nsgif']

/**
 * What the image will be resized to, and when a JPEG may come at that size already: libjpeg can shrink
 * by 2, 4 or 8 while it decodes, which costs half as much but is not quite the resizing that the model
 * was trained with. sharp does so from three times the wanted size on, by 4 from five times on:
 * https://github.com/lovell/sharp/blob/v0.35.5/src/pipeline.cc#L223
 */
export interface WantedSize {
  /** An image of more is refused. */
  maxPixels: number
  fit: (image: Size) => Size
  shrinkOnLoad: { fromFactor: number; kernel: 'linear' | 'mks2013' }
  expected?: ExpectedImage | undefined
}

/** What somebody found in the header of an image: whoever decodes it believes that to be on the safe side only. */
export interface ExpectedImage extends Size {
  format: string
}

/** Settings of the whole process: the allowed formats, one thread, no cache of pictures seen once. */
export function restrictSharp(): void {
  sharp.block({ operation: ['VipsForeignLoad'] })
  sharp.unblock({ operation: LOADERS.map((format) => `VipsForeignLoad${format}`) })
  sharp.cache(false)
  sharp.concurrency(1)
}

/**
 * Decodes an image, turned as its EXIF orientation says. Alpha is dropped, grey and CMYK become RGB,
 * 16 bits become 8. Colour profiles are not applied, since training did not apply them either.
 */
export async function decodeImage(bytes: Uint8Array, wanted: WantedSize): Promise<DecodedImage> {
  const { maxPixels, fit, expected } = wanted
  const plain = decodeJpeg(
    bytes,
    (size) =>
      size.width * size.height <= maxPixels &&
      Math.max(size.width, size.height) <= MAX_IMAGE_SIDE &&
      isTakenWhole({ ...size, format: 'jpeg' }, wanted),
  )
  if (plain) return { raster: plain, image: { width: plain.width, height: plain.height } }
  if (expected && isTakenWhole(expected, wanted)) {
    // One that turns out larger than its header says is looked at anew below, and not taken as a whole.
    const largest = Math.min(maxPixels, expected.width * expected.height)
    const whole = await decode(bytes, { maxPixels: largest }).catch(() => undefined)
    if (whole) return { raster: whole, image: { width: whole.width, height: whole.height } }
  }
  const header = await readHeader(bytes, maxPixels)
  if (Math.max(header.width, header.height) > MAX_IMAGE_SIDE) throw tooLong(header)
  const resize = header.mayBeResized && !isTakenWhole(header, wanted) ? fit(header) : undefined
  try {
    const { kernel } = wanted.shrinkOnLoad
    const raster = await decode(bytes, { maxPixels, resize: resize && { ...resize, fit: 'fill', kernel } })
    return { raster, image: { width: header.width, height: header.height } }
  } catch (thrown) {
    throw unreadable(thrown, header.format, maxPixels)
  }
}

/** Whether an image is resized by us alone, and not while it is decoded. */
function isTakenWhole(image: ExpectedImage, { fit, shrinkOnLoad }: WantedSize): boolean {
  if (image.width * image.height > MAX_WHOLE_PIXELS) return false
  if (image.format !== 'jpeg') return true
  const { width, height } = fit(image)
  return Math.min(image.width / width, image.height / height) < shrinkOnLoad.fromFactor
}

async function decode(
  bytes: Uint8Array,
  { maxPixels, resize }: { maxPixels: number; resize?: ResizeOptions | undefined },
): Promise<Raster> {
  const pipeline = sharp(bytes, optionsFor(maxPixels)).toColourspace('srgb')
  if (resize) pipeline.resize(resize)
  const { data, info } = await pipeline.removeAlpha().raw().toBuffer({ resolveWithObject: true })
  return { rgb: data, width: info.width, height: info.height }
}

/** CMYK with alpha; a TIFF may say that it has 65,535. */
const MAX_CHANNELS = 5

function optionsFor(maxPixels: number): SharpOptions {
  return {
    failOn: 'error',
    limitInputPixels: maxPixels,
    limitInputChannels: MAX_CHANNELS,
    autoOrient: true,
    ignoreIcc: true,
  }
}

/** What an image says of itself. One with alpha is not resized by libvips: see above. */
async function readHeader(
  bytes: Uint8Array,
  maxPixels: number,
): Promise<ExpectedImage & { mayBeResized: boolean }> {
  try {
    const { format, autoOrient, hasAlpha } = await sharp(bytes, optionsFor(maxPixels)).metadata()
    return { ...autoOrient, format: format === 'heif' ? 'avif' : format, mayBeResized: !hasAlpha }
  } catch (thrown) {
    throw unreadable(thrown, null, maxPixels)
  }
}

function tooLong({ width, height }: Size): LupaError {
  return new LupaError(
    'image_too_many_pixels',
    `The image has ${width} × ${height} pixels; no side may have more than ${MAX_IMAGE_SIDE}. Send a part of it.`,
  )
}

/** libvips repeats its complaint per layer; the first line says it all. */
export function unreadable(thrown: unknown, format: string | null, maxPixels: number): LupaError {
  const reason = (thrown instanceof Error ? thrown.message : String(thrown)).split('\n')[0]?.trim() ?? ''
  if (/exceeds pixel limit/i.test(reason)) {
    const detail = `The image has more than ${maxPixels / 1e6} megapixels. Send a smaller one.`
    return new LupaError('image_too_many_pixels', detail, { cause: thrown })
  }
  const what = format
    ? `a ${format.toUpperCase()} image, but it is damaged or ends early`
    : 'no JPEG, PNG, WebP, AVIF, TIFF or GIF image that can be read'
  const detail = `The file is ${what} (${reason.replace(/\.$/, '')}). Open it, save it anew and send that.`
  return new LupaError('image_unreadable', detail, { cause: thrown })
}
