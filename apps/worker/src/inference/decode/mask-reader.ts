import type { Box } from '@lupa/core/domain/box'
import type { Size } from '@lupa/core/domain/size'
import type { Output } from '../onnx-session.ts'

/**
 * Ultralytics' process_mask: the prototypes, weighted by a detection's coefficients, are scaled to the
 * model's input between their four nearest; where the sum is above zero, and within the box, is the mask.
 * https://github.com/ultralytics/ultralytics/blob/v8.4.0/ultralytics/utils/ops.py
 *
 * Along a row the sum is a straight line between two prototypes' pixels: where both are of one sign, all
 * pixels between them are. Only where it changes are they looked at one by one.
 *
 * @param prototypes float32 [1, coefficients, height, width]
 * @returns what gives a mask's spans in raster order, as `encodeMask` takes them; the box is in model pixels
 */
export function createMaskReader(
  { data, shape }: Output,
  input: Size,
): (coefficients: Float32Array, box: Box) => number[] {
  const [, , height = 0, width = 0] = shape
  const columns = neighbours(width, input.width)
  const rows = neighbours(height, input.height)
  const sums = new Float32Array(width * height)
  const line = new Float32Array(width)

  return (coefficients, box) => {
    const spans: number[] = []
    const startX = pixelFrom(box.x1, input.width)
    const endX = pixelFrom(box.x2, input.width)
    const startY = pixelFrom(box.y1, input.height)
    const endY = pixelFrom(box.y2, input.height)
    if (startX >= endX || startY >= endY) return spans

    const left = columns.before[startX] as number
    const right = columns.after[endX - 1] as number
    const top = rows.before[startY] as number
    const bottom = rows.after[endY - 1] as number
    sumPrototypes(coefficients, { left, right, top, bottom })
    for (let y = startY; y < endY; y++) {
      const upper = (rows.before[y] as number) * width
      const lower = (rows.after[y] as number) * width
      const down = rows.weightAfter[y] as number
      for (let x = left; x <= right; x++) {
        line[x] = (1 - down) * (sums[upper + x] as number) + down * (sums[lower + x] as number)
      }
      pushSpans(spans, y, startX, endX)
    }
    return spans
  }

  /** Within the window alone, some prototypes at a time, as they lie in memory. */
  function sumPrototypes(
    coefficients: Float32Array,
    { left, right, top, bottom }: { left: number; right: number; top: number; bottom: number },
  ): void {
    const area = width * height
    for (let y = top; y <= bottom; y++) {
      const start = y * width + left
      const end = y * width + right
      sums.fill(0, start, end + 1)
      let number = 0
      for (; number + 3 < coefficients.length; number += 4) {
        const a = coefficients[number] as number
        const b = coefficients[number + 1] as number
        const c = coefficients[number + 2] as number
        const d = coefficients[number + 3] as number
        let from = number * area + start
        for (let at = start; at <= end; at++, from++) {
          sums[at] =
            (sums[at] as number) +
            a * (data[from] as number) +
            b * (data[from + area] as number) +
            c * (data[from + 2 * area] as number) +
            d * (data[from + 3 * area] as number)
        }
      }
      for (; number < coefficients.length; number++) {
        const coefficient = coefficients[number] as number
        let from = number * area + start
        for (let at = start; at <= end; at++, from++) {
          sums[at] = (sums[at] as number) + coefficient * (data[from] as number)
        }
      }
    }
  }

  /** Where `line` is above zero between two pixels of the input. */
  function pushSpans(spans: number[], row: number, startX: number, endX: number): void {
    let spanStart = -1
    for (let x = startX; x < endX; ) {
      const before = columns.before[x] as number
      const one = line[before] as number
      const other = line[columns.after[x] as number] as number
      // Up to where the next pair of prototypes' pixels begins.
      const end = Math.min(columns.end[before] as number, endX)
      if (one > 0 === other > 0) {
        if (one > 0 && spanStart < 0) spanStart = x
        if (!(one > 0) && spanStart >= 0) {
          spans.push(row, spanStart, x)
          spanStart = -1
        }
        x = end
        continue
      }
      for (; x < end; x++) {
        const across = columns.weightAfter[x] as number
        const isOn = (1 - across) * one + across * other > 0
        if (isOn === spanStart >= 0) continue
        if (!isOn) spans.push(row, spanStart, x)
        spanStart = isOn ? x : -1
      }
    }
    if (spanStart >= 0) spans.push(row, spanStart, endX)
  }
}

/** The first whole pixel at or after a coordinate, within the input. */
const pixelFrom = (coordinate: number, limit: number) => Math.min(Math.max(Math.ceil(coordinate), 0), limit)

/**
 * For each pixel of the input, along one axis, the two of the prototypes around its centre and how much
 * the second counts, as PyTorch's `interpolate` with `align_corners=False`; and for each first of two
 * where the pixels between them end.
 */
function neighbours(sourceLength: number, targetLength: number) {
  const before = new Int32Array(targetLength)
  const after = new Int32Array(targetLength)
  const weightAfter = new Float32Array(targetLength)
  const end = new Int32Array(sourceLength)
  const step = sourceLength / targetLength
  for (let target = 0; target < targetLength; target++) {
    const centre = Math.max(0, (target + 0.5) * step - 0.5)
    const source = Math.min(Math.floor(centre), sourceLength - 1)
    before[target] = source
    after[target] = Math.min(source + 1, sourceLength - 1)
    weightAfter[target] = centre - source
    end[source] = target + 1
  }
  return { before, after, weightAfter, end }
}
