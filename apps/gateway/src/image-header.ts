import { LupaError } from '@lupa/core/domain/errors'
import type { ImageFormat } from '@lupa/core/domain/job'
import { nameOtherType } from './name-other-type.ts'

/** What an image says of itself: nothing is decoded, and the header may lie. */
export interface ImageHeader {
  format: ImageFormat
  /** Pixels, as a person sees it where the orientation is easily had (JPEG, TIFF, AVIF). */
  width: number
  height: number
}

export const CONTENT_TYPE: Record<ImageFormat, string> = {
  jpeg: 'image/jpeg',
  png: 'image/png',
  webp: 'image/webp',
  avif: 'image/avif',
  tiff: 'image/tiff',
  gif: 'image/gif',
}

/** For messages. */
export const ACCEPTED_FORMATS = 'JPEG, PNG, WebP, AVIF, TIFF or GIF'

/**
 * The header of an image, by its content alone. Rejects with `unsupported_image_type` what is not one of
 * the six formats, and with `image_unreadable` what begins like one but has no size.
 *
 * Every reader here is bounded: one pass, forward only. (image-size 2.1 took 3.8 s for 20 MiB of zeros
 * behind a JPEG's first four bytes, and quadratic time for an AVIF of many `ispe` boxes.)
 */
export function readImageHeader(image: Uint8Array): ImageHeader {
  const bytes = Buffer.from(image.buffer, image.byteOffset, image.byteLength)
  const format = formatOf(bytes)
  if (!format) {
    const { what, hint } = nameOtherType(bytes)
    throw new LupaError('unsupported_image_type', `This is ${what}, not ${ACCEPTED_FORMATS}. ${hint}`)
  }
  const size = sizeOf(format, bytes)
  if (!size || size.width < 1 || size.height < 1) {
    throw new LupaError(
      'image_unreadable',
      `The image begins like ${format.toUpperCase()}, but its header holds no size; it may be cut short. Send the whole file.`,
    )
  }
  return { format, ...size }
}

/** Segments, boxes or tags that are looked at. An honest header has a few hundred at most. */
const MAX_PARTS = 4096
/** Bytes before a marker of a JPEG that say nothing. */
const MAX_FILL = 65_536

interface Size {
  width: number
  height: number
}

function formatOf(bytes: Buffer): ImageFormat | undefined {
  const text = (start: number, end: number) => bytes.toString('latin1', start, end)
  if (text(0, 3) === '\xff\xd8\xff') return 'jpeg'
  if (text(0, 8) === '\x89PNG\r\n\x1a\n') return 'png'
  if (text(0, 6) === 'GIF87a' || text(0, 6) === 'GIF89a') return 'gif'
  if (text(0, 4) === 'RIFF' && text(8, 12) === 'WEBP') return 'webp'
  if (['II*\0', 'MM\0*', 'II+\0', 'MM\0+'].includes(text(0, 4))) return 'tiff'
  if (brandsOf(bytes).some((brand) => brand === 'avif' || brand === 'avis')) return 'avif'
  return undefined
}

/** The brands an ISO media file (AVIF, HEIC, MP4) says it is: ISO/IEC 14496-12, section 4.3. */
export function brandsOf(bytes: Buffer): string[] {
  if (bytes.length < 16 || bytes.toString('latin1', 4, 8) !== 'ftyp') return []
  const end = Math.min(bytes.readUInt32BE(0), bytes.length, 256)
  const brands = [bytes.toString('latin1', 8, 12)]
  for (let at = 16; at + 4 <= end; at += 4) brands.push(bytes.toString('latin1', at, at + 4))
  return brands
}

function sizeOf(format: ImageFormat, bytes: Buffer): Size | undefined {
  try {
    return SIZE_READERS[format](bytes)
  } catch (error) {
    // Reading past the end: the header is cut short.
    if (error instanceof RangeError) return undefined
    throw error
  }
}

const SIZE_READERS: Record<ImageFormat, (bytes: Buffer) => Size | undefined> = {
  jpeg: jpegSize,
  png: (bytes) =>
    bytes.toString('latin1', 12, 16) === 'IHDR'
      ? { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) }
      : undefined,
  gif: (bytes) => ({ width: bytes.readUInt16LE(6), height: bytes.readUInt16LE(8) }),
  webp: webpSize,
  tiff: (bytes) => {
    const tags = readFirstDirectory(bytes)
    const [width, height] = [tags.get(TAG_WIDTH), tags.get(TAG_HEIGHT)]
    return width && height ? turned({ width, height }, tags.get(TAG_ORIENTATION)) : undefined
  },
  avif: avifSize,
}

/** Orientations 5 to 8 lay the image on its side. */
function turned({ width, height }: Size, orientation: number | undefined): Size {
  const lies = orientation !== undefined && orientation >= 5 && orientation <= 8
  return lies ? { width: height, height: width } : { width, height }
}

/** ITU T.81, annex B: markers until the frame header. */
function jpegSize(bytes: Buffer): Size | undefined {
  let orientation: number | undefined
  let at = 2
  for (let markers = 0; markers < MAX_PARTS; markers++) {
    at = bytes.indexOf(0xff, at)
    if (at < 0) return undefined
    for (let fill = 0; bytes[at + 1] === 0xff; fill++, at++) if (fill > MAX_FILL) return undefined
    const marker = bytes.readUInt8(at + 1)
    if (marker === 0 || marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8)) {
      at += 2
      continue
    }
    if (marker === 0xd9 || marker === 0xda) return undefined
    const length = bytes.readUInt16BE(at + 2)
    if (isFrameHeader(marker)) {
      const size = { height: bytes.readUInt16BE(at + 5), width: bytes.readUInt16BE(at + 7) }
      if (!hasFewScans(bytes, at + 2 + length)) throw tooManyScans()
      return turned(size, orientation)
    }
    if (marker === 0xe1 && bytes.toString('latin1', at + 4, at + 10) === 'Exif\0\0') {
      orientation = exifOrientation(bytes.subarray(at + 10, at + 2 + length))
    }
    at += 2 + length
  }
  return undefined
}

/**
 * Each scan is a walk over the whole picture, and may be a hundred bytes: 400 of them, as the standard allows, kept a
 * decoder busy for 28 s. Encoders make some ten.
 */
const MAX_SCANS = 50

/** @param from behind the frame header */
function hasFewScans(bytes: Buffer, from: number): boolean {
  let scans = 0
  let at = from
  for (;;) {
    at = bytes.indexOf(0xff, at)
    const marker = bytes[at + 1]
    if (at < 0 || marker === undefined || marker === 0xd9) return true
    if (marker === 0xda && ++scans > MAX_SCANS) return false
    // Filled up, a byte of the scan, or a mark within it: no segment begins.
    if (marker === 0xff) at += 1
    else if (marker < 0xc0 || (marker >= 0xd0 && marker <= 0xd8)) at += 2
    else if (at + 4 > bytes.length) return true
    else at += 2 + bytes.readUInt16BE(at + 2)
  }
}

function tooManyScans(): LupaError {
  return new LupaError(
    'image_unreadable',
    `The JPEG has more than ${MAX_SCANS} scans, which no picture needs. Open it, save it anew and send that.`,
  )
}

function isFrameHeader(marker: number): boolean {
  const isTableOrExtension = marker === 0xc4 || marker === 0xc8 || marker === 0xcc
  return marker >= 0xc0 && marker <= 0xcf && !isTableOrExtension
}

/** Undefined when there is none, or none that can be read: that is no reason to refuse the image. */
function exifOrientation(tiff: Buffer): number | undefined {
  try {
    return readFirstDirectory(tiff).get(TAG_ORIENTATION)
  } catch {
    return undefined
  }
}

const TAG_WIDTH = 256
const TAG_HEIGHT = 257
const TAG_ORIENTATION = 274
const TYPE_SHORT = 3
const TYPE_LONG = 4
const TYPE_LONG8 = 16

/** The numbers in the first directory of a TIFF or BigTIFF, by tag. */
function readFirstDirectory(bytes: Buffer): Map<number, number> {
  const isBigEndian = bytes.toString('latin1', 0, 2) === 'MM'
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const u16 = (at: number) => view.getUint16(at, !isBigEndian)
  const u32 = (at: number) => view.getUint32(at, !isBigEndian)
  const u64 = (at: number) => Number(view.getBigUint64(at, !isBigEndian))
  const isBigTiff = u16(2) === 43

  const start = isBigTiff ? u64(8) : u32(4)
  const count = isBigTiff ? u64(start) : u16(start)
  const entryBytes = isBigTiff ? 20 : 12
  const firstEntry = start + (isBigTiff ? 8 : 2)
  const tags = new Map<number, number>()
  for (let entry = 0; entry < Math.min(count, MAX_PARTS); entry++) {
    const at = firstEntry + entry * entryBytes
    const valueAt = at + (isBigTiff ? 12 : 8)
    const type = u16(at + 2)
    if (type === TYPE_SHORT) tags.set(u16(at), u16(valueAt))
    if (type === TYPE_LONG) tags.set(u16(at), u32(valueAt))
    if (type === TYPE_LONG8 && isBigTiff) tags.set(u16(at), u64(valueAt))
  }
  return tags
}

/** https://developers.google.com/speed/webp/docs/riff_container */
function webpSize(bytes: Buffer): Size | undefined {
  switch (bytes.toString('latin1', 12, 16)) {
    case 'VP8X':
      return { width: 1 + bytes.readUIntLE(24, 3), height: 1 + bytes.readUIntLE(27, 3) }
    case 'VP8L': {
      if (bytes[20] !== 0x2f) return undefined
      const bits = bytes.readUInt32LE(21)
      return { width: 1 + (bits & 0x3fff), height: 1 + ((bits >>> 14) & 0x3fff) }
    }
    case 'VP8 ':
      if (bytes.readUIntBE(23, 3) !== 0x9d012a) return undefined
      return { width: bytes.readUInt16LE(26) & 0x3fff, height: bytes.readUInt16LE(28) & 0x3fff }
    default:
      return undefined
  }
}

/** ISO/IEC 23008-12: the largest `ispe` in meta/iprp/ipco, turned when `irot` says so. */
function avifSize(bytes: Buffer): Size | undefined {
  const meta = findBox(bytes, 'meta')
  // `meta` begins with four bytes of version and flags.
  const properties = meta && findBox(meta.subarray(4), 'iprp')
  const container = properties && findBox(properties, 'ipco')
  if (!container) return undefined
  let largest: Size | undefined
  let quarterTurns = 0
  for (const { type, body } of boxesIn(container)) {
    if (type === 'irot') quarterTurns = (body[0] ?? 0) & 3
    if (type !== 'ispe') continue
    const size = { width: body.readUInt32BE(4), height: body.readUInt32BE(8) }
    if (!largest || size.width * size.height > largest.width * largest.height) largest = size
  }
  return largest && turned(largest, quarterTurns % 2 === 1 ? 6 : 1)
}

function findBox(bytes: Buffer, wanted: string): Buffer | undefined {
  for (const { type, body } of boxesIn(bytes)) if (type === wanted) return body
  return undefined
}

function* boxesIn(bytes: Buffer): Generator<{ type: string; body: Buffer }> {
  let at = 0
  for (let boxes = 0; boxes < MAX_PARTS && at + 8 <= bytes.length; boxes++) {
    const size = bytes.readUInt32BE(at)
    // 0: to the end of the file; 1: a 64-bit size, which no header needs.
    const end = size === 0 ? bytes.length : at + size
    if (size !== 0 && size < 8) return
    yield { type: bytes.toString('latin1', at + 4, at + 8), body: bytes.subarray(at + 8, end) }
    at = end
  }
}
