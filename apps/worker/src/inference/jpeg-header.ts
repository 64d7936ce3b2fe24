/** What is needed to decode the scan of a plain JPEG. */
export interface JpegHeader {
  width: number
  height: number
  /** How many pixels across and down share a sample of colour: 1 or 2. */
  colourAcross: number
  colourDown: number
  /** Light, blue, red: the places of their tables. */
  components: readonly { quantization: number; dc: number; ac: number }[]
  /** By place: 64 numbers in zigzag order. */
  quantizations: (Uint8Array | undefined)[]
  /** By place, those of DC first, those of AC from 4 on. */
  codes: (CodeTable | undefined)[]
  /** MCUs between restarts; 0: there are none. */
  restartEvery: number
  /** Where the scan begins. */
  scanAt: number
}

/** As a JPEG has it: how many codes of each length from 1 to 16 there are, and what they stand for. */
export interface CodeTable {
  counts: Uint8Array
  symbols: Uint8Array
}

const START = 0xd8
const BASELINE = 0xc0
const CODES = 0xc4
const SCAN = 0xda
const QUANTIZATIONS = 0xdb
const RESTARTS = 0xdd
const JFIF = 0xe0
const EXIF = 0xe1
const APP_FIRST = 0xe2
const ADOBE = 0xee
const APP_LAST = 0xef
const COMMENT = 0xfe

/**
 * Reads the header of a JPEG as most are: baseline, three components of which light comes first, one scan, upright.
 * Undefined for every other one, and for one that is wrong in any way: whoever knows all of them is to decide.
 * https://www.w3.org/Graphics/JPEG/itu-t81.pdf
 */
export function readJpegHeader(bytes: Uint8Array): JpegHeader | undefined {
  if (bytes[0] !== 0xff || bytes[1] !== START) return undefined
  const header: JpegHeader = {
    width: 0,
    height: 0,
    colourAcross: 0,
    colourDown: 0,
    components: [],
    quantizations: [],
    codes: [],
    restartEvery: 0,
    scanAt: 0,
  }
  let frame: Uint8Array | undefined
  let colours: 'unsaid' | 'jfif' | 'adobe' = 'unsaid'
  let hasExif = false
  for (let at = 2; ; ) {
    const marker = bytes[at + 1] as number
    const length = u16(bytes, at + 2)
    const end = at + 2 + length
    if (bytes[at] !== 0xff || !(length >= 2) || end > bytes.length) return undefined
    const segment = bytes.subarray(at + 4, end)
    at = end
    if (marker === BASELINE && !frame) frame = segment
    else if (marker === QUANTIZATIONS) {
      if (!addQuantizations(segment, header.quantizations)) return undefined
    } else if (marker === CODES) {
      if (!addCodes(segment, header.codes)) return undefined
    } else if (marker === RESTARTS && segment.length === 2) header.restartEvery = u16(segment, 0)
    else if (marker === JFIF) {
      // Of JFXX nothing is used. Of a version that is unknown somebody may complain.
      if (startsWith(segment, 'JFIF\0')) {
        if (segment.length < 14 || segment[5] !== 1) return undefined
        colours = 'jfif'
      }
    } else if (marker === EXIF) {
      if (startsWith(segment, 'Exif\0')) {
        if (hasExif || !isUpright(segment.subarray(6))) return undefined
        hasExif = true
      }
    } else if (marker === ADOBE && startsWith(segment, 'Adobe')) {
      if (segment.length < 12 || segment[11] !== 1) return undefined
      if (colours === 'unsaid') colours = 'adobe'
    } else if (marker === SCAN) {
      header.scanAt = at
      return frame && readFrame(frame, segment, header, colours !== 'unsaid') ? header : undefined
    } else if (!(marker === COMMENT || (marker >= APP_FIRST && marker <= APP_LAST))) return undefined
  }
}

const u16 = (bytes: Uint8Array, at: number) => ((bytes[at] as number) << 8) | (bytes[at + 1] as number)

const startsWith = (bytes: Uint8Array, text: string) =>
  Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, text.length)).toString('latin1') === text

function addQuantizations(segment: Uint8Array, quantizations: JpegHeader['quantizations']): boolean {
  for (let at = 0; at < segment.length; at += 65) {
    const place = segment[at] as number
    // Larger ones have numbers of 16 bits.
    if (place > 3 || at + 65 > segment.length) return false
    quantizations[place] = segment.subarray(at + 1, at + 65)
  }
  return true
}

function addCodes(segment: Uint8Array, codes: JpegHeader['codes']): boolean {
  for (let at = 0; at < segment.length; ) {
    const where = segment[at] as number
    const counts = segment.subarray(at + 1, at + 17)
    const count = counts.reduce((sum, ofLength) => sum + ofLength, 0)
    const symbols = segment.subarray(at + 17, at + 17 + count)
    if ((where & 0xef) > 3 || counts.length < 16 || count > 256 || symbols.length < count) return false
    codes[(where >> 4) * 4 + (where & 3)] = { counts, symbols }
    at += 17 + count
  }
  return true
}

/** Fills in what frame and scan say together. */
function readFrame(
  frame: Uint8Array,
  scan: Uint8Array,
  header: JpegHeader,
  areColoursSaid: boolean,
): boolean {
  // 8 bits, three components; all of them in the scan, which has every coefficient.
  if (frame.length !== 15 || frame[0] !== 8 || frame[5] !== 3) return false
  if (scan.length !== 10 || scan[0] !== 3 || scan[7] !== 0 || scan[8] !== 63 || scan[9] !== 0) return false
  header.height = u16(frame, 1)
  header.width = u16(frame, 3)
  const components = [0, 1, 2].map((nth) => {
    const [id, sampling, quantization = 0] = frame.subarray(6 + nth * 3)
    const [scanned, tables = 0] = scan.subarray(1 + nth * 2)
    return { id, sampling, quantization, scanned, dc: tables >> 4, ac: 4 + (tables & 15) }
  })
  header.components = components
  const sampling = components[0]?.sampling ?? 0
  header.colourAcross = sampling >> 4
  header.colourDown = sampling & 15
  return (
    [0x11, 0x21, 0x22].includes(sampling) &&
    components.every(
      ({ id, scanned, quantization, dc, ac, sampling: own }, nth) =>
        id === scanned &&
        (areColoursSaid || id === nth + 1) &&
        (nth === 0 || own === 0x11) &&
        dc < 4 &&
        ac < 8 &&
        header.quantizations[quantization] !== undefined &&
        header.codes[dc] !== undefined &&
        header.codes[ac] !== undefined,
    )
  )
}

const ORIENTATION = 0x0112

/**
 * Whether Exif's own directory, a TIFF's, says nothing of an orientation, or that there is nothing to turn.
 * https://www.cipa.jp/std/documents/e/DC-008-2012_E.pdf
 */
function isUpright(tiff: Uint8Array): boolean {
  const isLittle = startsWith(tiff, 'II*\0')
  if (!isLittle && !startsWith(tiff, 'MM\0*')) return false
  const view = new DataView(tiff.buffer, tiff.byteOffset, tiff.byteLength)
  if (view.byteLength < 8) return false
  const directory = view.getUint32(4, isLittle)
  if (directory + 2 > view.byteLength) return false
  const entries = view.getUint16(directory, isLittle)
  if (directory + 2 + entries * 12 > view.byteLength) return false
  for (let at = directory + 2; at < directory + 2 + entries * 12; at += 12) {
    if (view.getUint16(at, isLittle) !== ORIENTATION) continue
    // One number of 16 bits.
    const isPlain = view.getUint16(at + 2, isLittle) === 3 && view.getUint32(at + 4, isLittle) === 1
    if (!isPlain || view.getUint16(at + 8, isLittle) !== 1) return false
  }
  return true
}
