import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { picture, spansOf } from '../../test/masks/draw-mask.ts'
import { fillPolygon } from '../../test/masks/fill-polygon.ts'
import { decodeMask, encodeMask } from './mask.ts'
import { outlineOf, outlinesOf } from './mask-outline.ts'
import type { Size } from './size.ts'

const maskOf = (drawn: Size & { bits: Uint8Array }) => decodeMask(encodeMask(spansOf(drawn.bits, drawn)))
const pairs = (points: { x: number; y: number }[]) => points.map(({ x, y }) => [x, y])

test('a rectangle has four corners, from the upper left downwards', () => {
  const outline = outlineOf(maskOf(picture('.....', '.###.', '.###.', '.....')))
  expect(pairs(outline)).toEqual([
    [1, 1],
    [1, 2],
    [3, 2],
    [3, 1],
  ])
})

test('one pixel is a point, and none is nothing', () => {
  expect(pairs(outlineOf(maskOf(picture('...', '..#'))))).toEqual([[2, 1]])
  expect(outlineOf(maskOf(picture('...')))).toEqual([])
})

test('a hole, and what lies in it, are no parts', () => {
  const ring = maskOf(picture('#####', '#...#', '#.#.#', '#...#', '#####', '.....', '..#..'))
  expect(outlinesOf(ring).map(pairs)).toEqual([
    [[2, 6]],
    [
      [0, 0],
      [0, 4],
      [4, 4],
      [4, 0],
    ],
  ])
})

/** Made by the script that is described in the file itself. */
const golden = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../test/masks/ultralytics-outlines.json'), 'utf8'),
) as { outlines: { rows: string[]; x: number[]; y: number[] }[] }

test.each(golden.outlines)('a mask has the outline that Ultralytics gives it: $x', ({ rows, x, y }) => {
  const outline = outlineOf(maskOf(picture(...rows)))
  expect({ x: outline.map((point) => point.x), y: outline.map((point) => point.y) }).toEqual({ x, y })
})

const SIZE = { width: 24, height: 18 }
/** Blots: circles and boxes laid over each other, and some grain. */
const blots = fc
  .tuple(
    fc.array(
      fc.record({
        x: fc.integer({ min: 0, max: SIZE.width }),
        y: fc.integer({ min: 0, max: SIZE.height }),
        radius: fc.integer({ min: 0, max: 7 }),
        isRound: fc.boolean(),
      }),
      { minLength: 1, maxLength: 6 },
    ),
    fc.array(fc.nat({ max: SIZE.width * SIZE.height - 1 }), { maxLength: 60 }),
  )
  .map(([shapes, grain]) => {
    const bits = new Uint8Array(SIZE.width * SIZE.height).map((_, at) => {
      const x = at % SIZE.width
      const y = Math.floor(at / SIZE.width)
      const covers = ({ x: cx, y: cy, radius, isRound }: (typeof shapes)[number]) =>
        isRound
          ? (x - cx) ** 2 + (y - cy) ** 2 <= radius ** 2
          : Math.max(Math.abs(x - cx), Math.abs(y - cy)) <= radius
      return shapes.some(covers) ? 1 : 0
    })
    for (const at of grain) bits[at] = 1 - (bits[at] as number)
    return { ...SIZE, bits }
  })

describe('of any mask', () => {
  test('the outlines of its parts, filled, are the mask with its holes filled', () => {
    fc.assert(
      fc.property(blots, (drawn) => {
        const filled = new Uint8Array(drawn.bits.length)
        for (const outline of outlinesOf(maskOf(drawn))) {
          fillPolygon(outline, SIZE).forEach((bit, at) => {
            filled[at] = (filled[at] as number) | bit
          })
        }
        expect(filled).toEqual(withoutHoles(drawn.bits))
      }),
    )
  })

  test('its joined outline is made of the corners of its parts, and leaves none out', () => {
    fc.assert(
      fc.property(blots, (drawn) => {
        const mask = maskOf(drawn)
        const distinct = (points: { x: number; y: number }[]) =>
          new Set(points.map(({ x, y }) => `${x} ${y}`))
        expect(distinct(outlineOf(mask))).toEqual(distinct(outlinesOf(mask).flat()))
      }),
    )
  })
})

/** What cannot be reached from outside, step by step left, right, up and down, is filled. */
function withoutHoles(bits: Uint8Array): Uint8Array {
  const { width, height } = SIZE
  const outside = new Set<string>()
  const reach = [[-1, -1]]
  for (let next = reach.pop(); next; next = reach.pop()) {
    const [x, y] = next as [number, number]
    if (x < -1 || y < -1 || x > width || y > height || outside.has(`${x} ${y}`)) continue
    if (x >= 0 && y >= 0 && x < width && y < height && bits[y * width + x]) continue
    outside.add(`${x} ${y}`)
    reach.push([x + 1, y], [x - 1, y], [x, y + 1], [x, y - 1])
  }
  return bits.map((_, at) => (outside.has(`${at % width} ${Math.floor(at / width)}`) ? 0 : 1))
}
