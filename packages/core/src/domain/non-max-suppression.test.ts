import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CANDIDATE_WIDTH, type Candidates } from './candidates.ts'
import { intersectionOverUnion, suppress } from './non-max-suppression.ts'
import { DEFAULT_PARAMS } from './params.ts'

type Row = [x1: number, y1: number, x2: number, y2: number, confidence: number, classNumber: number]

describe('three boxes', () => {
  const boxes = rows([0, 0, 100, 100, 0.9, 0], [10, 0, 110, 100, 0.8, 0], [300, 300, 400, 400, 0.7, 0])

  test('the surer of two that overlap stays, and one apart stays', () => {
    expect(suppress(boxes, DEFAULT_PARAMS)).toEqual([0, 2])
  })

  test('an overlap of exactly iou is allowed', () => {
    const overlap = intersectionOverUnion(boxes, 0, 1)
    expect(overlap).toBeCloseTo(90 / 110, 10)
    expect(suppress(boxes, { ...DEFAULT_PARAMS, iou: overlap })).toEqual([0, 1, 2])
  })

  test('boxes of different classes do not suppress each other', () => {
    const other = boxes.with(CANDIDATE_WIDTH + 5, 1) as Candidates
    expect(suppress(other, DEFAULT_PARAMS)).toEqual([0, 1, 2])
  })

  test('a confidence of exactly conf is left out, as Ultralytics does', () => {
    expect(suppress(rows([0, 0, 1, 1, 0.5, 0]), { ...DEFAULT_PARAMS, conf: 0.5 })).toEqual([])
  })

  test('max_det keeps the surest', () => {
    expect(suppress(boxes, { ...DEFAULT_PARAMS, max_det: 1 })).toEqual([0])
  })

  test('only the wanted classes are kept', () => {
    expect(suppress(boxes, { ...DEFAULT_PARAMS, classes: [3] })).toEqual([])
  })

  test('boxes without area, or with numbers that are none, do no harm', () => {
    const odd = rows([5, 5, 5, 5, 0.9, 0], [5, 5, 5, 5, 0.8, 0], [Number.NaN, 0, 1, 1, 0.7, 0])
    expect(suppress(odd, DEFAULT_PARAMS)).toEqual([0, 1, 2])
    expect(suppress(new Float32Array(0), DEFAULT_PARAMS)).toEqual([])
  })
})

const coordinate = fc.integer({ min: -50, max: 300 })
const row = fc
  .tuple(
    coordinate,
    coordinate,
    fc.integer({ min: 0, max: 200 }),
    fc.integer({ min: 0, max: 200 }),
    fc.integer({ min: 1, max: 1000 }),
    fc.integer({ min: 0, max: 3 }),
  )
  .map(
    ([x, y, width, height, perMille, classNumber]): Row => [
      x,
      y,
      x + width,
      y + height,
      perMille / 1000,
      classNumber,
    ],
  )
const sorted = fc.array(row, { maxLength: 60 }).map((all) => all.toSorted((a, b) => b[4] - a[4]))
const params = fc.record({
  conf: fc.double({ min: 0.01, max: 1, noNaN: true }),
  iou: fc.double({ min: 0, max: 1, noNaN: true }),
  max_det: fc.integer({ min: 1, max: 60 }),
  classes: fc.option(fc.uniqueArray(fc.integer({ min: 0, max: 3 }), { minLength: 1 }), { nil: null }),
})

describe('any boxes', () => {
  test('suppressing what stayed changes nothing', () => {
    fc.assert(
      fc.property(sorted, params, (all, wanted) => {
        const kept = suppress(rows(...all), wanted).map((at) => all[at] as Row)
        expect(suppress(rows(...kept), wanted)).toEqual(kept.map((_, at) => at))
      }),
    )
  })

  test('leaving out below conf before suppression equals leaving out after it', () => {
    fc.assert(
      fc.property(sorted, params, fc.double({ min: 0.01, max: 1, noNaN: true }), (all, wanted, conf) => {
        const many = { ...wanted, max_det: 3000 }
        const packed = rows(...all)
        const before = suppress(packed, { ...many, conf })
        const after = suppress(packed, { ...many, conf: 0 }).filter(
          (at) => (packed[at * CANDIDATE_WIDTH + 4] as number) > conf,
        )
        expect(before).toEqual(after)
      }),
    )
  })

  test('the order of boxes does not matter, except among equally sure ones', () => {
    const distinct = fc.uniqueArray(row, { maxLength: 40, selector: (one) => one[4] })
    fc.assert(
      fc.property(
        distinct.chain((all) =>
          fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
        ),
        params,
        ([all, shuffled], wanted) => {
          const kept = (some: Row[]) => {
            const inOrder = some.toSorted((a, b) => b[4] - a[4])
            return suppress(rows(...inOrder), wanted).map((at) => inOrder[at])
          }
          expect(kept(shuffled)).toEqual(kept(all))
        },
      ),
    )
  })

  test('no two that stay overlap by more than iou within a class, and what was removed had a surer one over it', () => {
    fc.assert(
      fc.property(sorted, params, (all, wanted) => {
        const packed = rows(...all)
        const everyOne = { ...wanted, max_det: 3000, classes: null }
        const kept = suppress(packed, everyOne)
        const rivals = (at: number) =>
          kept.filter(
            (other) =>
              other < at &&
              all[other]?.[5] === all[at]?.[5] &&
              intersectionOverUnion(packed, other, at) > wanted.iou,
          )
        all.forEach((_, at) => {
          const isSure = (packed[at * CANDIDATE_WIDTH + 4] as number) > wanted.conf
          expect(kept.includes(at)).toBe(isSure && rivals(at).length === 0)
        })
      }),
    )
  })
})

function rows(...all: Row[]): Candidates {
  return Float32Array.from(all.flat())
}
