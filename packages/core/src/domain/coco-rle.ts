import { z } from 'zod'
import type { Letterbox } from './letterbox.ts'
import type { Mask } from './mask.ts'
import type { Size } from './size.ts'

/**
 * A mask of the size of the image as COCO's run-length encoding, compressed: what `pycocotools.mask.decode`
 * and `supervision.rle_to_mask` read. https://github.com/cocodataset/cocoapi/blob/master/common/maskApi.h
 */
export const CocoRle = z
  .object({
    size: z.tuple([z.int(), z.int()]).describe('Height and width of the image.'),
    counts: z.string().describe('Lengths of runs without and with the mask in turn, column by column.'),
  })
  .meta({ id: 'CocoRle' })
export type CocoRle = z.output<typeof CocoRle>

/** Every pixel of the image is what the pixel of the model's input at its place is. */
export function toCocoRle(mask: Mask, letterbox: Letterbox, image: Size): CocoRle {
  return { size: [image.height, image.width], counts: compress(countsOf(mask, letterbox, image)) }
}

/** Lengths of runs down the columns, the first of them without the mask. */
function countsOf(mask: Mask, { resized, padLeft, padTop }: Letterbox, image: Size): number[] {
  const firstX = firstPixels(mask.left - padLeft, mask.width, resized.width, image.width)
  const firstY = firstPixels(mask.top - padTop, mask.height, resized.height, image.height)
  const counts: number[] = []
  let runStart = 0
  let runEnd = 0
  for (let column = 0; column < mask.width; column++) {
    const spans = spansDown(mask, column, firstY)
    for (let x = firstX[column] as number; x < (firstX[column + 1] as number); x++) {
      for (let span = 0; span < spans.length; span += 2) {
        const start = x * image.height + (spans[span] as number)
        // A run that goes on in the next column is one run.
        if (start !== runEnd || runEnd === 0) {
          if (runEnd > 0) counts.push(runEnd - runStart)
          counts.push(start - runEnd)
          runStart = start
        }
        runEnd = x * image.height + (spans[span + 1] as number)
      }
    }
  }
  if (runEnd > 0) counts.push(runEnd - runStart)
  const rest = image.width * image.height - runEnd
  if (rest > 0) counts.push(rest)
  return counts
}

/**
 * For each pixel of the mask along one axis, and for the end, the first pixel of the image whose centre
 * is in it or beyond. `offset` is from the first pixel of the scaled image, which is `resized` pixels long.
 */
function firstPixels(offset: number, length: number, resized: number, image: number): Int32Array {
  const first = new Int32Array(length + 1)
  for (let at = 0; at <= length; at++) {
    // Of whole numbers, so that a centre on the border of two pixels is always in the second.
    const pixel = Math.ceil((2 * image * (offset + at) - resized) / (2 * resized))
    first[at] = Math.min(Math.max(pixel, 0), image)
  }
  return first
}

/** Of one column of the mask, in rows of the image: start and end of each run that is not empty there. */
function spansDown({ bits, width, height }: Mask, column: number, firstY: Int32Array): number[] {
  const spans: number[] = []
  let wasOn = false
  for (let row = 0; row <= height; row++) {
    const isOn = row < height && bits[row * width + column] === 1
    if (isOn === wasOn) continue
    const y = firstY[row] as number
    // Nothing lies between two turns at one place.
    if (spans.at(-1) === y) spans.pop()
    else spans.push(y)
    wasOn = isOn
  }
  return spans
}

/** maskApi.c's rleToString: from the third on, how each differs from the one before last, in 6-bit characters. */
function compress(counts: readonly number[]): string {
  const characters: number[] = []
  counts.forEach((count, at) => {
    let rest = at > 2 ? count - (counts[at - 2] as number) : count
    for (let hasMore = true; hasMore; ) {
      let bits = rest & 0x1f
      rest >>= 5
      hasMore = bits & 0x10 ? rest !== -1 : rest !== 0
      if (hasMore) bits |= 0x20
      characters.push(bits + 48)
    }
  })
  return Buffer.from(characters).toString('latin1')
}

/** Lengths of runs down the columns, without and with the mask in turn: maskApi.c's rleFrString. */
export function runsOf({ counts }: CocoRle): number[] {
  const runs: number[] = []
  for (let at = 0; at < counts.length; ) {
    let run = 0
    let bits: number
    let shift = 0
    do {
      bits = counts.charCodeAt(at++) - 48
      run |= (bits & 0x1f) << shift
      shift += 5
    } while (bits & 0x20)
    if (bits & 0x10 && shift < 32) run |= -1 << shift
    runs.push(runs.length > 2 ? run + (runs.at(-2) as number) : run)
  }
  return runs
}

/** How many pixels the mask has. */
export function pixelCountOf(rle: CocoRle): number {
  return runsOf(rle).reduce((sum, run, at) => sum + (at % 2 === 1 ? run : 0), 0)
}

/** The mask, of every `step`th pixel of the image along both axes. */
export function fromCocoRle(rle: CocoRle, step = 1): Mask {
  let [left, top, right, bottom] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 0, 0]
  eachSpan(rle, step, (x, start, end) => {
    left = Math.min(left, x)
    right = x + 1
    top = Math.min(top, start)
    bottom = Math.max(bottom, end)
  })
  if (right === 0) return { left: 0, top: 0, width: 0, height: 0, bits: new Uint8Array(0) }
  const width = right - left
  const bits = new Uint8Array(width * (bottom - top))
  eachSpan(rle, step, (x, start, end) => {
    for (let y = start; y < end; y++) bits[(y - top) * width + x - left] = 1
  })
  return { left, top, width, height: bottom - top, bits }
}

/** Calls back with the rows of each run in each column that has one, in every `step`th row and column. */
function eachSpan(rle: CocoRle, step: number, onSpan: (x: number, start: number, end: number) => void): void {
  const [height] = rle.size
  let end = 0
  runsOf(rle).forEach((run, index) => {
    let at = end
    end += run
    if (index % 2 === 0) return
    for (; at < end; at = (Math.floor(at / height) + 1) * height) {
      const x = Math.floor(at / height)
      if (x % step !== 0) continue
      const first = Math.ceil((at - x * height) / step)
      const last = Math.ceil(Math.min(end - x * height, height) / step)
      if (last > first) onSpan(x / step, first, last)
    }
  })
}
