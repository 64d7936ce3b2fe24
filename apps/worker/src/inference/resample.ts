import type { Size } from '@lupa/core/domain/size'
import type { Raster } from './decode-image.ts'

/** Where an image goes in a planar tensor. */
export interface Place {
  /** float32 [3, input.height, input.width], 0 to 1. */
  pixelsChw: Float32Array
  input: Size
  left: number
  top: number
}

/** 8-bit level to the 0…1 that models take. */
const LEVELS = Float32Array.from({ length: 256 }, (_, level) => level / 255)

/**
 * Resizes as OpenCV's INTER_LINEAR: between the four nearest pixels, without antialiasing, in whole
 * numbers. https://github.com/opencv/opencv/blob/4.x/modules/imgproc/src/resize.cpp
 */
export function drawBilinear(raster: Raster, resized: Size, place: Place): void {
  if (raster.width === resized.width && raster.height === resized.height) return copy(raster, place)
  const { rgb } = raster
  const { pixelsChw, input } = place
  const columns = neighbours(raster.width, resized.width, 3)
  const rows = neighbours(raster.height, resized.height, raster.width * 3)
  const area = input.width * input.height
  for (let y = 0; y < resized.height; y++) {
    const upper = rows.before[y] as number
    const lower = rows.after[y] as number
    const down = rows.weightAfter[y] as number
    const up = ONE - down
    let at = (place.top + y) * input.width + place.left
    for (let x = 0; x < resized.width; x++, at++) {
      const left = columns.before[x] as number
      const right = columns.after[x] as number
      const across = columns.weightAfter[x] as number
      const along = ONE - across
      const nw = upper + left
      const ne = upper + right
      const sw = lower + left
      const se = lower + right
      pixelsChw[at] = LEVELS[
        (((down * ((along * (rgb[sw] as number) + across * (rgb[se] as number)) >> 4)) >> 16) +
          ((up * ((along * (rgb[nw] as number) + across * (rgb[ne] as number)) >> 4)) >> 16) +
          2) >>
          2
      ] as number
      pixelsChw[at + area] = LEVELS[
        (((down * ((along * (rgb[sw + 1] as number) + across * (rgb[se + 1] as number)) >> 4)) >> 16) +
          ((up * ((along * (rgb[nw + 1] as number) + across * (rgb[ne + 1] as number)) >> 4)) >> 16) +
          2) >>
          2
      ] as number
      pixelsChw[at + 2 * area] = LEVELS[
        (((down * ((along * (rgb[sw + 2] as number) + across * (rgb[se + 2] as number)) >> 4)) >> 16) +
          ((up * ((along * (rgb[nw + 2] as number) + across * (rgb[ne + 2] as number)) >> 4)) >> 16) +
          2) >>
          2
      ] as number
    }
  }
}

/** Weights along one axis are of 2^11, as OpenCV's, which drops bits on the way as it does; sums and Pillow's weights of 2^22. */
const ONE = 1 << 11
const BITS = 22
const HALF = 1 << (BITS - 1)

function copy(raster: Raster, { pixelsChw, input, left, top }: Place): void {
  const { rgb, width, height } = raster
  const area = input.width * input.height
  let from = 0
  for (let y = 0; y < height; y++) {
    let at = (top + y) * input.width + left
    for (let x = 0; x < width; x++, at++, from += 3) {
      pixelsChw[at] = LEVELS[rgb[from] as number] as number
      pixelsChw[at + area] = LEVELS[rgb[from + 1] as number] as number
      pixelsChw[at + 2 * area] = LEVELS[rgb[from + 2] as number] as number
    }
  }
}

/**
 * For each target pixel where the two source pixels around its centre begin, and how much the second
 * counts. Pixels are `stride` bytes apart.
 */
function neighbours(sourceLength: number, targetLength: number, stride: number) {
  const before = new Int32Array(targetLength)
  const after = new Int32Array(targetLength)
  const weightAfter = new Int32Array(targetLength)
  const step = sourceLength / targetLength
  for (let target = 0; target < targetLength; target++) {
    const centre = Math.max(0, (target + 0.5) * step - 0.5)
    const source = Math.min(Math.floor(centre), sourceLength - 1)
    before[target] = source * stride
    after[target] = Math.min(source + 1, sourceLength - 1) * stride
    weightAfter[target] = Math.round((centre - source) * ONE)
  }
  return { before, after, weightAfter }
}

/** A part of the resized image, in its pixels. */
export interface Window extends Size {
  left: number
  top: number
}

/**
 * Resizes as Pillow's BILINEAR, which antialiases: each target pixel is a weighted mean of all source
 * pixels under a triangle as wide as two target pixels. Only the window is computed.
 * https://github.com/python-pillow/Pillow/blob/main/src/libImaging/Resample.c
 */
export function drawAntialiased(raster: Raster, resized: Size, window: Window, place: Place): void {
  const { pixelsChw, input } = place
  const columns = triangles(raster.width, resized.width, window.left, window.width)
  const rows = triangles(raster.height, resized.height, window.top, window.height)
  const firstRow = rows.first[0] as number
  const endRow = rows.end[window.height - 1] as number
  const narrowed = narrow(raster, columns, window.width, firstRow, endRow)

  const area = input.width * input.height
  const rowBytes = window.width * 3
  const sums = new Int32Array(rowBytes)
  for (let y = 0; y < window.height; y++) {
    sums.fill(HALF)
    let weightAt = y * rows.taps
    for (let row = rows.first[y] as number; row < (rows.end[y] as number); row++, weightAt++) {
      const weight = rows.weights[weightAt] as number
      const from = (row - firstRow) * rowBytes
      for (let x = 0; x < rowBytes; x++) {
        sums[x] = (sums[x] as number) + Math.imul(weight, narrowed[from + x] as number)
      }
    }
    let at = (place.top + y) * input.width + place.left
    for (let x = 0; x < rowBytes; x += 3, at++) {
      pixelsChw[at] = LEVELS[(sums[x] as number) >> BITS] as number
      pixelsChw[at + area] = LEVELS[(sums[x + 1] as number) >> BITS] as number
      pixelsChw[at + 2 * area] = LEVELS[(sums[x + 2] as number) >> BITS] as number
    }
  }
}

/** The rows from firstRow to endRow at the target's width, in 8 bits as Pillow keeps them. */
function narrow(raster: Raster, columns: Taps, width: number, firstRow: number, endRow: number): Uint8Array {
  const { rgb } = raster
  const { first, end, weights, taps } = columns
  const narrowed = new Uint8Array((endRow - firstRow) * width * 3)
  let at = 0
  for (let y = firstRow; y < endRow; y++) {
    const row = y * raster.width
    for (let x = 0; x < width; x++, at += 3) {
      const until = (row + (end[x] as number)) * 3
      let weightAt = x * taps
      let red = HALF
      let green = HALF
      let blue = HALF
      for (let from = (row + (first[x] as number)) * 3; from < until; from += 3, weightAt++) {
        const weight = weights[weightAt] as number
        red += Math.imul(weight, rgb[from] as number)
        green += Math.imul(weight, rgb[from + 1] as number)
        blue += Math.imul(weight, rgb[from + 2] as number)
      }
      narrowed[at] = red >> BITS
      narrowed[at + 1] = green >> BITS
      narrowed[at + 2] = blue >> BITS
    }
  }
  return narrowed
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
  for (let target = 0; target < length; target++) {
    const centre = (offset + target + 0.5) * step
    const from = Math.max(0, Math.floor(centre - support + 0.5))
    const to = Math.min(sourceLength, Math.floor(centre + support + 0.5))
    const triangle = Array.from({ length: to - from }, (_, tap) =>
      Math.max(0, 1 - Math.abs(from + tap + 0.5 - centre) / support),
    )
    const sum = triangle.reduce((a, b) => a + b, 0)
    first[target] = from
    end[target] = to
    triangle.forEach((weight, tap) => {
      weights[target * taps + tap] = Math.round((weight / sum) * (1 << BITS))
    })
  }
  return { first, end, weights, taps }
}
