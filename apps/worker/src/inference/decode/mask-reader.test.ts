import type { Box } from '@lupa/core/domain/box'
import { decodeMask, encodeMask } from '@lupa/core/domain/mask'
import type { Size } from '@lupa/core/domain/size'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { drawMask } from '../../../../../packages/core/test/masks/draw-mask.ts'
import type { Output } from '../onnx-session.ts'
import { createMaskReader } from './mask-reader.ts'

const side = fc.integer({ min: 1, max: 12 })
const size = fc.record({ width: side, height: side })
const weight = fc.float({ min: -2, max: 2, noNaN: true })
const edge = fc.double({ min: -10, max: 60, noNaN: true })

test('a mask is where the weighted prototypes, scaled up, are above zero, and within the box', () => {
  const of = fc.record({
    prototype: size,
    factor: fc.integer({ min: 1, max: 5 }),
    count: fc.integer({ min: 1, max: 3 }),
  })
  fc.assert(
    fc.property(
      of.chain(({ prototype, factor, count }) =>
        fc.record({
          prototype: fc.constant(prototype),
          input: fc.constant({ width: prototype.width * factor, height: prototype.height * factor }),
          values: fc.array(weight, {
            minLength: count * prototype.width * prototype.height,
            maxLength: count * prototype.width * prototype.height,
          }),
          coefficients: fc.array(weight, { minLength: count, maxLength: count }),
        }),
      ),
      fc.record({ x1: edge, y1: edge, x2: edge, y2: edge }),
      ({ prototype, input, values, coefficients }, box) => {
        const output = {
          data: Float32Array.from(values),
          shape: [1, coefficients.length, prototype.height, prototype.width],
        }
        const read = createMaskReader(output, input)
        const spans = read(Float32Array.from(coefficients), box)
        const drawn = drawMask(decodeMask(encodeMask(spans)), input)
        sums(output, Float32Array.from(coefficients), input).forEach((sum, at) => {
          const isWithin = isInBox(at % input.width, Math.floor(at / input.width), box)
          // So near to zero, the order of additions decides.
          if (Math.abs(sum) > 1e-5 || !isWithin) expect(drawn[at]).toBe(isWithin && sum > 0 ? 1 : 0)
        })
        // A second mask is not touched by the first.
        expect(read(Float32Array.from(coefficients), box)).toEqual(spans)
      },
    ),
  )
})

test('numbers that are none make no mask', () => {
  const prototype = { data: new Float32Array(4).fill(1), shape: [1, 1, 2, 2] }
  const read = createMaskReader(prototype, { width: 8, height: 8 })
  const whole = { x1: 0, y1: 0, x2: 8, y2: 8 }
  expect(read(Float32Array.of(Number.NaN), whole)).toEqual([])
  expect(read(Float32Array.of(1), { ...whole, x1: Number.NaN })).toEqual([])
  expect(read(Float32Array.of(1), whole)).toHaveLength(3 * 8)
})

const isInBox = (x: number, y: number, { x1, y1, x2, y2 }: Box) => x >= x1 && x < x2 && y >= y1 && y < y2

/** PyTorch's interpolate(mode='bilinear', align_corners=False) of the weighted prototypes, pixel by pixel. */
function sums({ data, shape }: Output, coefficients: Float32Array, input: Size): number[] {
  const [, , height = 0, width = 0] = shape
  const sumAt = (x: number, y: number) =>
    coefficients.reduce(
      (sum, coefficient, number) => sum + coefficient * (data[(number * height + y) * width + x] as number),
      0,
    )
  return Array.from({ length: input.width * input.height }, (_, at) => {
    const x = around((at % input.width) + 0.5, input.width, width)
    const y = around(Math.floor(at / input.width) + 0.5, input.height, height)
    const upper = sumAt(x.before, y.before) * (1 - x.part) + sumAt(x.after, y.before) * x.part
    const lower = sumAt(x.before, y.after) * (1 - x.part) + sumAt(x.after, y.after) * x.part
    return upper * (1 - y.part) + lower * y.part
  })
}

function around(centre: number, target: number, source: number) {
  const at = Math.max(0, (centre * source) / target - 0.5)
  const before = Math.min(Math.floor(at), source - 1)
  return { before, after: Math.min(before + 1, source - 1), part: at - before }
}
