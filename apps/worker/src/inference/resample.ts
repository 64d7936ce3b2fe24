import type { Size } from '@lupa/core/domain/size'
import type { Raster } from './decode-image.ts'
import { openResampleKernels, type ResampleKernels } from './resample-kernels.ts'

/** Where an image goes in a planar tensor: what is around it becomes grey. */
export interface Place {
  /** float32 [3, input.height, input.width], 0 to 1. */
  pixelsChw: Float32Array
  input: Size
  left: number
  top: number
}

let opened: ResampleKernels | undefined
const kernels = () => (opened ??= openResampleKernels())

/** So much of an image is given to the kernels at a time: their memory stays small, and in the cache. */
const BAND_BYTES = 256 * 1024
/** So many rows of the tensor are taken from them at once. */
const STRIP_ROWS = 16

/** Ultralytics pads with this grey. */
const PADDING = 114 / 255

/**
 * Resizes as OpenCV's INTER_LINEAR: between the four nearest pixels, without antialiasing, in whole
 * numbers. Weights along one axis are of 2^11, as OpenCV's, which drops bits on the way as it does.
 * https://github.com/opencv/opencv/blob/4.x/modules/imgproc/src/resize.cpp
 */
export function drawBilinear(raster: Raster, resized: Size, place: Place): void {
  if (raster.width === resized.width && raster.height === resized.height) return copy(raster, place)
  const { between, layOut, bytes, numbers, floats } = kernels()
  const { width } = resized
  const rowBytes = raster.width * 3
  const columns = neighbours(raster.width, width, 3)
  const rows = neighbours(raster.height, resized.height, 1)
  const bandRows = Math.max(2, Math.floor(BAND_BYTES / rowBytes))
  const [source, before, across, lines] = layOut([
    bandRows * rowBytes,
    width * 4,
    width * 4,
    stripBytes(place),
  ]) as [number, number, number, number]
  numbers().set(columns.before, before / 4)
  numbers().set(columns.weights, across / 4)
  const strip = openStrip(place, resized, floats().subarray(lines / 4))

  /** The source row that the band begins with, and the one after its last. */
  let first = 0
  let end = 0
  for (let y = 0; y < resized.height; y++) {
    const upper = rows.before[y] as number
    const lower = rows.after[y] as number
    if (lower >= end) {
      first = upper
      end = Math.min(first + bandRows, raster.height)
      bytes().set(raster.rgb.subarray(first * rowBytes, end * rowBytes), source)
    }
    const down = rows.weightAfter[y] as number
    const [above, below] = [source + (upper - first) * rowBytes, source + (lower - first) * rowBytes]
    between(above, below, down, before, across, width, lines + strip.lineAt(y), strip.planeBytes)
    strip.drawn(y)
  }
}

/** Weights of drawAntialiased, as Pillow's, are of 2^22; those of neighbours of 2^11. */
const BITS = 22
const ONE = 1 << 11

const stripBytes = ({ input }: Place) => STRIP_ROWS * input.width * 12

/** Rows as wide as the tensor, of three planes, on their way from the kernels to their place. */
function openStrip({ pixelsChw, input, left, top }: Place, drawn: Size, planes: Float32Array) {
  const rowLength = input.width
  const area = rowLength * input.height
  const planeLength = STRIP_ROWS * rowLength
  if (drawn.width < rowLength) planes.fill(PADDING, 0, 3 * planeLength)
  for (let plane = 0; plane < 3 * area; plane += area) {
    pixelsChw.fill(PADDING, plane, plane + top * rowLength)
    pixelsChw.fill(PADDING, plane + (top + drawn.height) * rowLength, plane + area)
  }
  return {
    planeBytes: planeLength * 4,
    /** Where a row begins, in bytes. */
    lineAt: (y: number) => ((y % STRIP_ROWS) * rowLength + left) * 4,
    /** Takes the strip away when it is full, or the image ends. */
    drawn(y: number) {
      const rows = (y % STRIP_ROWS) + 1
      if (rows < STRIP_ROWS && y + 1 < drawn.height) return
      const at = (top + y + 1 - rows) * rowLength
      for (let channel = 0; channel < 3; channel++) {
        const begin = channel * planeLength
        pixelsChw.set(planes.subarray(begin, begin + rows * rowLength), at + channel * area)
      }
    },
  }
}

function copy({ rgb, width, height }: Raster, place: Place): void {
  const { spread, layOut, bytes, floats } = kernels()
  const rowBytes = width * 3
  const [source, lines] = layOut([rowBytes, stripBytes(place)]) as [number, number]
  const row = bytes().subarray(source, source + rowBytes)
  const strip = openStrip(place, { width, height }, floats().subarray(lines / 4))
  for (let y = 0; y < height; y++) {
    row.set(rgb.subarray(y * rowBytes, (y + 1) * rowBytes))
    spread(source, width, lines + strip.lineAt(y), strip.planeBytes)
    strip.drawn(y)
  }
}

/**
 * For each target pixel where the two source pixels around its centre begin, and how much the second
 * counts. Pixels are `stride` bytes apart. `weights` has both weights in one number; where there is no
 * second pixel the first counts for both.
 */
function neighbours(sourceLength: number, targetLength: number, stride: number) {
  const before = new Int32Array(targetLength)
  const after = new Int32Array(targetLength)
  const weightAfter = new Int32Array(targetLength)
  const weights = new Int32Array(targetLength)
  const step = sourceLength / targetLength
  for (let target = 0; target < targetLength; target++) {
    const centre = Math.max(0, (target + 0.5) * step - 0.5)
    const source = Math.min(Math.floor(centre), sourceLength - 1)
    const next = Math.min(source + 1, sourceLength - 1)
    const weight = Math.round((centre - source) * ONE)
    before[target] = source * stride
    after[target] = next * stride
    weightAfter[target] = weight
    weights[target] = next === source ? ONE : (weight << 16) | (ONE - weight)
  }
  return { before, after, weightAfter, weights }
}

/** A part of the resized image, in its pixels. */
export interface Window extends Size {
  left: number
  top: number
}

/**
 * Resizes as Pillow's BILINEAR, which antialiases: each target pixel is a weighted mean of all source
 * pixels under a triangle as wide as two target pixels. Only the window is computed. Between the two
 * directions there are 8 bits, as Pillow has them.
 * https://github.com/python-pillow/Pillow/blob/main/src/libImaging/Resample.c
 */
export function drawAntialiased(raster: Raster, resized: Size, window: Window, place: Place): void {
  const { narrow, flatten, spread, layOut, bytes, numbers, floats } = kernels()
  const { width, height } = window
  const columns = triangles(raster.width, resized.width, window.left, width)
  const rows = triangles(raster.height, resized.height, window.top, height)
  const { weights, pairs } = inPairs(columns)
  const firstRow = rows.first[0] as number
  const endRow = rows.end[height - 1] as number
  const rowBytes = raster.width * 3
  const bandRows = Math.max(1, Math.floor(BAND_BYTES / rowBytes))
  const stride = Math.ceil((width * 3) / 16) * 16
  const [source, narrowed, row, lines, first, end, columnWeights, rowWeights] = layOut([
    bandRows * rowBytes,
    (endRow - firstRow) * stride,
    stride,
    stripBytes(place),
    columns.first.byteLength,
    columns.end.byteLength,
    weights.byteLength,
    rows.weights.byteLength,
  ]) as [number, number, number, number, number, number, number, number]
  numbers().set(columns.first, first / 4)
  numbers().set(columns.end, end / 4)
  numbers().set(weights, columnWeights / 4)
  numbers().set(rows.weights, rowWeights / 4)
  const strip = openStrip(place, window, floats().subarray(lines / 4))

  for (let y = firstRow; y < endRow; y += bandRows) {
    const until = Math.min(y + bandRows, endRow)
    bytes().set(raster.rgb.subarray(y * rowBytes, until * rowBytes), source)
    const target = narrowed + (y - firstRow) * stride
    narrow(source, raster.width, until - y, target, stride, width, first, end, columnWeights, pairs)
  }
  for (let y = 0; y < height; y++) {
    const from = rows.first[y] as number
    const above = narrowed + (from - firstRow) * stride
    flatten(above, stride, (rows.end[y] as number) - from, rowWeights + y * rows.taps * 4, row, width * 3)
    spread(row, width, lines + strip.lineAt(y), strip.planeBytes)
    strip.drawn(y)
  }
}

interface Taps {
  /** Per target pixel the first source pixel that counts, and the one after the last. */
  first: Int32Array
  end: Int32Array
  /** `taps` weights per target pixel; those of one sum to 2^22, but for rounding. */
  weights: Int32Array
  taps: number
}

function triangles(sourceLength: number, targetLength: number, offset: number, length: number): Taps {
  const step = sourceLength / targetLength
  const support = Math.max(step, 1)
  const taps = Math.ceil(support) * 2 + 1
  const first = new Int32Array(length)
  const end = new Int32Array(length)
  const weights = new Int32Array(length * taps)
  const triangle = new Float64Array(taps)
  for (let target = 0; target < length; target++) {
    const centre = (offset + target + 0.5) * step
    const from = Math.max(0, Math.floor(centre - support + 0.5))
    const to = Math.min(sourceLength, Math.floor(centre + support + 0.5))
    let sum = 0
    for (let tap = 0; tap < to - from; tap++) {
      const weight = Math.max(0, 1 - Math.abs(from + tap + 0.5 - centre) / support)
      triangle[tap] = weight
      sum += weight
    }
    first[target] = from
    end[target] = to
    for (let tap = 0; tap < to - from; tap++) {
      weights[target * taps + tap] = Math.round(((triangle[tap] as number) / sum) * (1 << BITS))
    }
  }
  return { first, end, weights, taps }
}

/** Weights of neighbours two by two, each in two halves of 11 bits: the upper ones in one number, the lower ones in the next. */
function inPairs({ weights, taps }: Taps): { weights: Int32Array; pairs: number } {
  const pairs = Math.ceil(taps / 2)
  const paired = new Int32Array((weights.length / taps) * pairs * 2)
  for (let target = 0, at = 0; target < weights.length; target += taps) {
    for (let tap = 0; tap < taps; tap += 2, at += 2) {
      const one = weights[target + tap] as number
      const other = tap + 1 < taps ? (weights[target + tap + 1] as number) : 0
      paired[at] = (one >> 11) | ((other >> 11) << 16)
      paired[at + 1] = (one & 2047) | ((other & 2047) << 16)
    }
  }
  return { weights: paired, pairs }
}
