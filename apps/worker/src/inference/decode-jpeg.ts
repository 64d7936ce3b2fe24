import type { Size } from '@lupa/core/domain/size'
import type { Raster } from './decode-image.ts'
import { type CodeTable, type JpegHeader, readJpegHeader } from './jpeg-header.ts'
import { openWasm } from './open-wasm.ts'

/** `wasm/jpeg.ts`, compiled. */
interface JpegKernels {
  unstuff: (source: number, bytes: number, target: number, restarts: number, most: number) => number
  swapBytes: (address: number, bytes: number) => void
  decodeScan: (
    stream: number,
    bits: number,
    mcusAcross: number,
    mcusDown: number,
    components: number,
    restartEvery: number,
    restarts: number,
    zigzag: number,
    work: number,
  ) => number
  doubleWidth: (near: number, far: number, samples: number, sums: number, target: number) => void
  doubleWidthOnly: (row: number, samples: number, sums: number, target: number) => void
  toRgb: (light: number, blues: number, reds: number, width: number, target: number) => void
}

/** Larger ones are left to libvips: a child keeps the memory that it once took for this, seven bytes a pixel. */
const MAX_PIXELS = 1920 * 1088
const MAX_BYTES = 4 * 1024 * 1024
/** The smallest ones are upsampled otherwise. */
const MIN_SIDE = 16

/** See wasm/jpeg.ts. */
const LOOK_BITS = 10
const LIMITS = 4 << LOOK_BITS
const OFFSETS = LIMITS + 72
const SYMBOLS = OFFSETS + 72
const TABLE_BYTES = SYMBOLS + 256

/** Kernels read and write whole groups: so much behind an array may be touched. */
const SPARE_BYTES = 64

/** Coefficients come in this order; each number is the place of one in its block, row by row. */
// biome-ignore format: as the standard has it
const ZIGZAG = [
  0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21,
  28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54,
  47, 55, 62, 63,
]

let opened: ReturnType<typeof openWasm<JpegKernels>> | undefined

/**
 * Decodes a JPEG as most are, at two thirds of libvips' price and to the bit as it does. Undefined for every other
 * one, for one whose size is not wanted, and for one that is irregular in any way: libvips is to say what becomes of
 * that. The raster is good until the next one is decoded.
 */
export function decodeJpeg(bytes: Uint8Array, isWanted: (size: Size) => boolean): Raster | undefined {
  const header = bytes.length <= MAX_BYTES ? readJpegHeader(bytes) : undefined
  if (!header) return undefined
  const { width, height } = header
  if (Math.min(width, height) < MIN_SIDE || width * height > MAX_PIXELS || !isWanted(header)) return undefined
  const scan = bytes.subarray(header.scanAt)
  opened ??= openWasm<JpegKernels>('jpeg.wasm')
  const { kernels, reserve, memory } = opened
  const { places, end } = layOut(header, scan.length)
  reserve(end)
  const all = new Uint8Array(memory())
  if (!layTables(header, places, memory()) || !readScan(header, scan, { places, all, kernels }))
    return undefined
  drawRows(header, places, kernels)
  return { width, height, rgb: all.subarray(places.rgb, places.rgb + width * height * 3) }
}

type Places = ReturnType<typeof layOut>['places']

/** Where in memory everything is. */
function layOut(header: JpegHeader, scanBytes: number) {
  const { width, height, colourAcross, colourDown } = header
  const { across, down, restarts } = mcusOf(header)
  const colourBytes = across * down * 64
  const rowBytes = across * colourAcross * 8
  const lengths = {
    rgb: width * height * 3,
    light: colourBytes * colourAcross * colourDown,
    blues: colourBytes,
    reds: colourBytes,
    coded: scanBytes,
    stream: scanBytes,
    restarts: restarts * 4,
    codes: 8 * TABLE_BYTES,
    quantizations: 3 * 128,
    components: 3 * 32,
    zigzag: 64,
    work: 512,
    sums: 32 + rowBytes * 2,
    blueRow: rowBytes * 2,
    redRow: rowBytes * 2,
  }
  const places = { ...lengths }
  let end = 0
  for (const [name, length] of Object.entries(lengths) as [keyof typeof lengths, number][]) {
    places[name] = end
    end += Math.ceil((length + SPARE_BYTES) / 64) * 64
  }
  return { places, end }
}

function mcusOf({ width, height, colourAcross, colourDown, restartEvery }: JpegHeader) {
  const across = Math.ceil(width / (8 * colourAcross))
  const down = Math.ceil(height / (8 * colourDown))
  const restarts = restartEvery > 0 ? Math.ceil((across * down) / restartEvery) - 1 : 0
  return { across, down, restarts }
}

/** Writes what the kernels look things up in; false where codes cannot be. */
function layTables(header: JpegHeader, places: Places, memory: ArrayBuffer): boolean {
  const { colourAcross, colourDown, components, codes } = header
  const numbers = new Int32Array(memory)
  for (const [nth, table] of codes.entries()) {
    if (!table) continue
    // Of DC there are sizes only.
    if (nth < 4 && table.symbols.some((symbol) => symbol > 15)) return false
    if (!layCodes(table, places.codes + nth * TABLE_BYTES, memory)) return false
  }
  const quantizations = new Uint16Array(memory, places.quantizations, 3 * 64)
  for (const [nth, { quantization, dc, ac }] of components.entries()) {
    const inZigzag = header.quantizations[quantization] as Uint8Array
    for (let k = 0; k < 64; k++) quantizations[nth * 64 + (ZIGZAG[k] as number)] = inZigzag[k] as number
    const across = nth === 0 ? colourAcross : 1
    const row = [
      across,
      nth === 0 ? colourDown : 1,
      places.codes + dc * TABLE_BYTES,
      places.codes + ac * TABLE_BYTES,
      places.quantizations + nth * 128,
      [places.light, places.blues, places.reds][nth] as number,
      mcusOf(header).across * across * 8,
      0,
    ]
    numbers.set(row, places.components / 4 + nth * 8)
  }
  const zigzag = new Uint8Array(memory, places.zigzag, 64)
  for (let k = 0; k < 64; k++) zigzag[k] = (ZIGZAG[k] as number) * 2
  return true
}

/** What codes stand for, found by their first bits; false where there are more codes than can be. */
function layCodes({ counts, symbols }: CodeTable, table: number, memory: ArrayBuffer): boolean {
  const entries = new Int32Array(memory, table, 1 << LOOK_BITS).fill(0)
  const limits = new Int32Array(memory, table + LIMITS, 17)
  const offsets = new Int32Array(memory, table + OFFSETS, 17)
  new Uint8Array(memory, table + SYMBOLS, 256).fill(0).set(symbols)
  let code = 0
  let first = 0
  for (let length = 1; length <= 16; length++) {
    const count = counts[length - 1] as number
    // The code of ones alone stands for nothing.
    if (count > 0 && code + count >= 2 ** length) return false
    const isShort = length <= LOOK_BITS
    for (const [nth, symbol] of isShort ? symbols.subarray(first, first + count).entries() : []) {
      const size = symbol & 15
      const entry = (length + size) | (length << 8) | (size << 16) | ((symbol >> 4) << 24)
      const begin = (code + nth) << (LOOK_BITS - length)
      entries.fill(entry, begin, begin + (1 << (LOOK_BITS - length)))
    }
    offsets[length] = first - code
    first += count
    code += count
    limits[length] = code << (16 - length)
    code *= 2
  }
  return true
}

/** Computes all samples; false where the scan is not as it should be. */
function readScan(
  header: JpegHeader,
  scan: Uint8Array,
  { places, all, kernels }: { places: Places; all: Uint8Array; kernels: JpegKernels },
): boolean {
  const { across, down, restarts } = mcusOf(header)
  all.set(scan, places.coded)
  // What is read beyond its end must not be what was there before.
  all.fill(0, places.coded + scan.length, places.coded + scan.length + SPARE_BYTES)
  const bytes = kernels.unstuff(
    places.coded,
    scan.length + SPARE_BYTES,
    places.stream,
    places.restarts,
    restarts,
  )
  if (bytes < 0) return false
  kernels.swapBytes(places.stream, bytes + 16)
  const bits = kernels.decodeScan(
    places.stream,
    bytes * 8,
    across,
    down,
    places.components,
    header.restartEvery,
    places.restarts,
    places.zigzag,
    places.work,
  )
  // Nothing is left but the rest of a byte, and then the image ends.
  return bits >= 0 && Math.ceil(bits / 8) === bytes && isLastScan(scan)
}

const END = 0xd9

/** Whether the first marker that is no restart is the end of the image. */
function isLastScan(scan: Uint8Array): boolean {
  for (let at = scan.indexOf(0xff); at >= 0; at = scan.indexOf(0xff, at + 2)) {
    const marker = scan[at + 1] as number
    if (marker !== 0 && !(marker >= 0xd0 && marker <= 0xd7)) return marker === END
  }
  return false
}

function drawRows(header: JpegHeader, places: Places, kernels: JpegKernels): void {
  const { width, height, colourAcross, colourDown } = header
  const { across } = mcusOf(header)
  const samples = Math.ceil(width / colourAcross)
  const lastRow = Math.ceil(height / colourDown) - 1

  /** Where a row of blues or reds is, as wide as the image. */
  function colourRow(y: number, plane: number, doubled: number): number {
    const near = Math.floor(y / colourDown)
    const row = plane + near * across * 8
    if (colourAcross === 1) return row
    if (colourDown === 1) {
      kernels.doubleWidthOnly(row, samples, places.sums, doubled)
      return doubled
    }
    const far = Math.min(Math.max(near + (y % 2 === 0 ? -1 : 1), 0), lastRow)
    kernels.doubleWidth(row, plane + far * across * 8, samples, places.sums, doubled)
    return doubled
  }

  for (let y = 0; y < height; y++) {
    const light = places.light + y * across * colourAcross * 8
    const blues = colourRow(y, places.blues, places.blueRow)
    const reds = colourRow(y, places.reds, places.redRow)
    kernels.toRgb(light, blues, reds, width, places.rgb + y * width * 3)
  }
}
