import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Candidates, ORIENTED_WIDTH } from './candidates.ts'
import { DEFAULT_PARAMS } from './params.ts'
import { probabilisticIou, suppressRotated } from './rotated-suppression.ts'

type Row = [
  x: number,
  y: number,
  width: number,
  height: number,
  confidence: number,
  classNumber: number,
  angle: number,
]

const box = (x: number, width: number, height: number, angle: number): Row => [
  x,
  100,
  width,
  height,
  0.9,
  0,
  angle,
]

test('overlaps are those that Ultralytics computes', () => {
  // ultralytics.utils.metrics.batch_probiou of these boxes, in float64
  const boxes = rows(
    box(100, 80, 40, 0),
    box(110, 80, 40, 0),
    box(100, 80, 40, 0.5),
    box(100, 40, 80, Math.PI / 2),
    box(300, 80, 40, 0),
    box(100, 0, 0, 0),
  )
  const expected = [
    [0.999553, 0.847799, 0.757135, 0.999553, 0.000042, 0.000001],
    [0.847799, 0.999553, 0.708652, 0.847799, 0.000106, 0.000001],
    [0.757135, 0.708652, 0.999553, 0.757135, 0.000007, 0.000001],
    [0.999553, 0.847799, 0.757135, 0.999553, 0.000042, 0.000001],
    [0.000042, 0.000106, 0.000007, 0.000042, 0.999553, 0],
    [0.000001, 0.000001, 0.000001, 0.000001, 0, 0.999553],
  ]
  expected.forEach((overlaps, a) => {
    overlaps.forEach((overlap, b) => expect(probabilisticIou(boxes, a, b)).toBeCloseTo(overlap, 5))
  })
})

describe('three boxes', () => {
  // The second overlaps the first, the third the second alone.
  const boxes = rows(
    [100, 100, 80, 40, 0.75, 0, 0],
    [112, 100, 80, 40, 0.5, 0, 0],
    [124, 100, 80, 40, 0.375, 0, 0],
  )
  const overlap = probabilisticIou(boxes, 0, 1)

  test('one that is removed removes others all the same', () => {
    expect(probabilisticIou(boxes, 0, 2)).toBeLessThan(overlap)
    expect(suppressRotated(boxes, { ...DEFAULT_PARAMS, iou: overlap - 0.01 })).toEqual([0])
  })

  test('an overlap of exactly iou is allowed', () => {
    expect(suppressRotated(boxes, { ...DEFAULT_PARAMS, iou: overlap })).toEqual([0, 1, 2])
  })

  test('boxes of different classes do not suppress each other', () => {
    const other = boxes.with(ORIENTED_WIDTH + 5, 1) as Candidates
    expect(suppressRotated(other, { ...DEFAULT_PARAMS, iou: overlap - 0.01 })).toEqual([0, 1, 2])
  })

  test('max_det keeps the surest, classes the wanted, conf those above', () => {
    expect(suppressRotated(boxes, { ...DEFAULT_PARAMS, iou: 1, max_det: 2 })).toEqual([0, 1])
    expect(suppressRotated(boxes, { ...DEFAULT_PARAMS, classes: [3] })).toEqual([])
    expect(suppressRotated(boxes, { ...DEFAULT_PARAMS, iou: 1, conf: 0.5 })).toEqual([0])
  })

  test('without a limit of overlap none is removed', () => {
    const twins = rows([9, 9, 5, 5, 0.9, 0, 0], [9, 9, 5, 5, 0.9, 0, 0])
    expect(suppressRotated(twins, { ...DEFAULT_PARAMS, iou: Number.POSITIVE_INFINITY })).toEqual([0, 1])
  })
})

const row = fc
  .tuple(
    fc.integer({ min: -50, max: 300 }),
    fc.integer({ min: -50, max: 300 }),
    fc.integer({ min: 1, max: 200 }),
    fc.integer({ min: 1, max: 200 }),
    fc.integer({ min: 1, max: 1000 }),
    fc.integer({ min: 0, max: 3 }),
    fc.double({ min: -Math.PI / 4, max: (3 * Math.PI) / 4, noNaN: true }),
  )
  .map(
    ([x, y, width, height, perMille, classNumber, angle]): Row => [
      x,
      y,
      width,
      height,
      perMille / 1000,
      classNumber,
      angle,
    ],
  )
const params = fc.record({
  conf: fc.double({ min: 0.01, max: 1, noNaN: true }),
  iou: fc.double({ min: 0, max: 1, noNaN: true }),
  max_det: fc.integer({ min: 1, max: 60 }),
  classes: fc.option(fc.uniqueArray(fc.integer({ min: 0, max: 3 }), { minLength: 1 }), { nil: null }),
})
const bySureness = (all: Row[]) => all.toSorted((a, b) => b[4] - a[4])
const sorted = fc.array(row, { maxLength: 40 }).map(bySureness)

describe('any boxes', () => {
  test('suppressing what stayed changes nothing', () => {
    fc.assert(
      fc.property(sorted, params, (all, wanted) => {
        const kept = suppressRotated(rows(...all), wanted).map((at) => all[at] as Row)
        expect(suppressRotated(rows(...kept), wanted)).toEqual(kept.map((_, at) => at))
      }),
    )
  })

  test('the order of boxes does not matter, except among equally sure ones', () => {
    const distinct = fc.uniqueArray(row, { maxLength: 30, selector: (one) => one[4] })
    fc.assert(
      fc.property(
        distinct.chain((all) =>
          fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
        ),
        params,
        ([all, shuffled], wanted) => {
          const kept = (some: Row[]) => {
            const inOrder = bySureness(some)
            return suppressRotated(rows(...inOrder), wanted).map((at) => inOrder[at])
          }
          expect(kept(shuffled)).toEqual(kept(all))
        },
      ),
    )
  })

  test('one stays if and only if no surer one of its class overlaps it by more than iou', () => {
    fc.assert(
      fc.property(sorted, params, (all, wanted) => {
        const boxes = rows(...all)
        const kept = suppressRotated(boxes, { ...wanted, max_det: 3000, classes: null })
        all.forEach((one, at) => {
          const isSure = (boxes[at * ORIENTED_WIDTH + 4] as number) > wanted.conf
          const isRemoved = all.some(
            (other, surer) =>
              surer < at && other[5] === one[5] && probabilisticIou(boxes, surer, at) > wanted.iou,
          )
          expect(kept.includes(at)).toBe(isSure && !isRemoved)
        })
      }),
    )
  })
})

function rows(...all: Row[]): Candidates {
  return Float32Array.from(all.flat())
}
