import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Outline, outlineOf, overlapOf } from './overlap.ts'

const box = (x1: number, y1: number, x2: number, y2: number) =>
  outlineOf({ name: 'a', class: 0, confidence: 1, box: { x1, y1, x2, y2 } }) as Outline

/** A square of side 2 about the origin, turned. */
const turned = (degrees: number, direction = 1) => {
  const corners = [45, 135, 225, 315].map((corner) => {
    const angle = ((corner * direction + degrees) / 180) * Math.PI
    return { x: Math.SQRT2 * Math.cos(angle), y: Math.SQRT2 * Math.sin(angle) }
  })
  const named = corners.flatMap(({ x, y }, index) => [
    [`x${index + 1}`, x],
    [`y${index + 1}`, y],
  ])
  return outlineOf({ name: 'a', class: 0, confidence: 1, box: Object.fromEntries(named) })
}

describe('overlap', () => {
  test('of boxes is their shared area over the joint one', () => {
    expect(overlapOf(box(0, 0, 10, 10), box(0, 0, 10, 10))).toBe(1)
    expect(overlapOf(box(0, 0, 10, 10), box(5, 0, 15, 10))).toBeCloseTo(1 / 3)
    expect(overlapOf(box(0, 0, 10, 10), box(2, 2, 4, 4))).toBeCloseTo(0.04)
    expect(overlapOf(box(0, 0, 10, 10), box(10, 0, 20, 10))).toBe(0)
    expect(overlapOf(box(0, 0, 10, 10), box(30, 30, 40, 40))).toBe(0)
    expect(overlapOf(box(3, 3, 3, 3), box(3, 3, 3, 3))).toBe(0)
  })

  test('of a square and the same turned by an eighth is that of an octagon', () => {
    const octagon = 8 * (Math.SQRT2 - 1)
    const expected = octagon / (8 - octagon)
    expect(overlapOf(turned(0) as Outline, turned(45) as Outline)).toBeCloseTo(expected, 6)
    expect(overlapOf(box(-1, -1, 1, 1), turned(45) as Outline)).toBeCloseTo(expected, 6)
  })

  test('is the same whichever way round the corners are given', () => {
    expect(overlapOf(turned(20, -1) as Outline, turned(20) as Outline)).toBeCloseTo(1, 6)
  })

  test('is symmetric, and between 0 and 1', () => {
    const side = fc.double({ min: 1, max: 50, noNaN: true })
    const anyBox = fc
      .tuple(side, side, side, side)
      .map(([x, y, width, height]) => box(x, y, x + width, y + height))
    fc.assert(
      fc.property(anyBox, anyBox, (a, b) => {
        const overlap = overlapOf(a, b)
        expect(overlap).toBeCloseTo(overlapOf(b, a), 9)
        expect(overlap >= 0 && overlap <= 1 + 1e-9).toBe(true)
      }),
    )
  })

  test('a class alone has no outline', () => {
    expect(outlineOf({ name: 'a', class: 0, confidence: 1 })).toBeUndefined()
  })
})
