import type { Size } from '@lupa/core/domain/size'
import type { Raster } from './decode-image.ts'
import { openResampleKernels, type ResampleKernels } from './resample-kernels.ts'

/** Where an image goes in a planar tensor. */
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
  const [source, before, across, line] = layOut([bandRows * rowBytes, width * 4, width * 4, width * 12]) as [
    number,
    number,
    number,
    number,
  ]
  numbers().set(columns.before, before / 4)
  numbers().set(columns.weights, across / 4)
  const planes = floats().subarray(line / 4)

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
    between(above, below, down, before, across, width, line, width * 4)
    putLine(planes, width, place, y)
  }
}

/** Weights of drawAntialiased, as Pillow's, are of 2^22; those of neighbours of 2^11. */
const BITS = 22
const ONE = 1 << 11

/** One row of three planes into its place. */
function putLine(
  planes: Float32Array,
  width: number,
  { pixelsChw, input, left, top }: Place,
  y: number,
): void {
  const area = input.width * input.height
  const at = (top + y) * input.width + left
  for (let channel = 0; channel < 3; channel++) {
    pixelsChw.set(planes.subarray(channel * width, (channel + 1) * width), at + channel * area)
  }
}

function copy({ rgb, width, height }: Raster, place: Place): void {
  const { spread, layOut, bytes, floats } = kernels()
  const rowBytes = width * 3
  const [source, line] = layOut([rowBytes, width * 12]) as [number, number]
  const row = bytes().subarray(source, source + rowBytes)
  const planes = floats().subarray(line / 4)
  for (let y = 0; y < height; y++) {
    row.set(rgb.subarray(y * rowBytes, (y + 1) * rowBytes))
    spread(source, width, line, width * 4)
    putLine(planes, width, place, y)
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
  const firstRow = rows.first[0] as number
  const endRow = rows.end[height - 1] as number
  const rowBytes = raster.width * 3
  const bandRows = Math.max(1, Math.floor(BAND_BYTES / rowBytes))
  const stride = Math.ceil((width * 3) / 16) * 16
  const [source, narrowed, row, line, first, end, columnWeights, rowWeights] = layOut([
    bandRows * rowBytes,
    (endRow - firstRow) * stride,
    stride,
    width * 12,
    columns.first.byteLength,
    columns.end.byteLength,
    columns.weights.byteLength,
    rows.weights.byteLength,
  ]) as [number, number, number, number, number, number, number, number]
  numbers().set(columns.first, first / 4)
  numbers().set(columns.end, end / 4)
  numbers().set(columns.weights, columnWeights / 4)
  numbers().set(rows.weights, rowWeights / 4)
  const planes = floats().subarray(line / 4)

  for (let y = firstRow; y < endRow; y += bandRows) {
    const until = Math.min(y + bandRows, endRow)
    bytes().set(raster.rgb.subarray(y * rowBytes, until * rowBytes), source)
    const target = narrowed + (y - firstRow) * stride
    narrow(source, raster.width, until - y, target, stride, width, first, end, columnWeights, columns.taps)
  }
  for (let y = 0; y < height; y++) {
    const from = rows.first[y] as number
    const above = narrowed + (from - firstRow) * stride
    flatten(above, stride, (rows.end[y] as number) - from, rowWeights + y * rows.taps * 4, row, width * 3)
    spread(row, width, line, width * 4)
    putLine(planes, width, place, y)
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
