import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { drawMask, picture, spansOf } from '../../test/masks/draw-mask.ts'
import { decodeMask, encodeMask, packMasks, unpackMasks } from './mask.ts'

test('a mask is what lies in its window, from the first to the last of its pixels each way', () => {
  const drawn = picture('......', '..##..', '.#..#.', '......')
  const encoded = encodeMask(spansOf(drawn.bits, drawn))
  expect(decodeMask(encoded)).toEqual({
    left: 1,
    top: 1,
    width: 4,
    height: 2,
    bits: Uint8Array.of(0, 1, 1, 0, 1, 0, 0, 1),
  })
  // Its place and size, then runs: one without, two with, one, one, two, one.
  expect(Array.from(encoded)).toEqual([1, 1, 4, 2, 1, 2, 1, 1, 2, 1])
})

test('rows filled from side to side are one run', () => {
  const spans = [0, 0, 300, 1, 0, 300, 2, 0, 300]
  expect(Array.from(encodeMask(spans))).toEqual([0, 0, 0xac, 2, 3, 0, 0x84, 7])
})

test('a mask without a pixel is empty', () => {
  expect(encodeMask([])).toHaveLength(0)
  expect(decodeMask(new Uint8Array(0))).toEqual({
    left: 0,
    top: 0,
    width: 0,
    height: 0,
    bits: new Uint8Array(0),
  })
})

const anyPicture = fc
  .record({ width: fc.integer({ min: 1, max: 40 }), height: fc.integer({ min: 1, max: 30 }) })
  .chain(({ width, height }) =>
    fc.record({
      width: fc.constant(width),
      height: fc.constant(height),
      bits: fc.uint8Array({
        min: 0,
        max: 1,
        minLength: width * height,
        maxLength: width * height,
      }),
    }),
  )

test('any mask comes back as it was, alone and among others', () => {
  fc.assert(
    fc.property(fc.array(anyPicture, { maxLength: 5 }), (pictures) => {
      const packed = packMasks(pictures.map((drawn) => encodeMask(spansOf(drawn.bits, drawn))))
      const masks = unpackMasks(packed).map(decodeMask)
      expect(masks.map((mask, at) => drawMask(mask, pictures[at] ?? { width: 0, height: 0 }))).toEqual(
        pictures.map(({ bits }) => bits),
      )
    }),
  )
})
