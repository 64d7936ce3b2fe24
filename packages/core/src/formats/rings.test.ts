import fc from 'fast-check'
import { expect, test } from 'vitest'
import { toCocoRle } from '../domain/coco-rle.ts'
import { fitLetterbox } from '../domain/letterbox.ts'
import { outlineOf, outlinesOf } from '../domain/mask-outline.ts'
import { areaOf, type Ring, ringsOf } from './rings.ts'

const SIDE = 12
const about = { name: 'thing', class: 0, confidence: 0.5, box: { x1: 0, y1: 0, x2: SIDE, y2: SIDE } }
const anyMask = fc
  .array(fc.constantFrom(0, 1), { minLength: SIDE * SIDE, maxLength: SIDE * SIDE })
  .map((bits) => ({ left: 0, top: 0, width: SIDE, height: SIDE, bits: Uint8Array.from(bits) }))

const namesOf = (ring: Ring) => ring.map(({ x, y }) => `${x} ${y}`)

test('any outline comes apart into rings that have an area and visit no point twice', () => {
  fc.assert(
    fc.property(anyMask, (mask) => {
      const outline = outlineOf(mask)
      const segments = { x: outline.map(({ x }) => x), y: outline.map(({ y }) => y) }
      for (const ring of ringsOf({ ...about, segments })) {
        expect(areaOf(ring)).toBeGreaterThan(0)
        expect(new Set(namesOf(ring)).size).toBe(ring.length)
      }
    }),
  )
})

test('together they have the area of the parts that were tied', () => {
  fc.assert(
    fc.property(anyMask, (mask) => {
      const outline = outlineOf(mask)
      const segments = { x: outline.map(({ x }) => x), y: outline.map(({ y }) => y) }
      const areaOfAll = (rings: readonly Ring[]) => rings.reduce((sum, ring) => sum + areaOf(ring), 0)
      expect(areaOfAll(ringsOf({ ...about, segments }))).toBe(areaOfAll(outlinesOf(mask)))
    }),
  )
})

test('of a mask as RLE they are the same', () => {
  fc.assert(
    fc.property(anyMask, (mask) => {
      const size = { width: SIDE, height: SIDE }
      const rle = toCocoRle(mask, fitLetterbox(size, size), size)
      const names = (rings: readonly Ring[]) => rings.map((ring) => namesOf(ring).toSorted().join())
      const outlines = outlinesOf(mask).map((outline) => ({
        x: outline.map(({ x }) => x),
        y: outline.map(({ y }) => y),
      }))
      const expected = outlines.flatMap((segments) => ringsOf({ ...about, segments }))
      expect(names(ringsOf({ ...about, mask: rle })).toSorted()).toEqual(names(expected).toSorted())
    }),
  )
})

test('a mask of many pixels is followed in steps', () => {
  const size = { width: 4000, height: 3000 }
  const mask = { left: 0, top: 0, width: 4, height: 3, bits: new Uint8Array(12).fill(1) }
  const rle = toCocoRle(mask, fitLetterbox(size, { width: 4, height: 3 }), size)
  const [ring] = ringsOf({ ...about, box: { x1: 0, y1: 0, x2: 4000, y2: 3000 }, mask: rle })
  expect(areaOf(ring ?? []) / (4000 * 3000)).toBeGreaterThan(0.99)
})
