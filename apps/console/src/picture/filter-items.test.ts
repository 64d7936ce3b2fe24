import { packCandidates } from '@lupa/core/domain/candidates'
import { DEFAULT_PARAMS } from '@lupa/core/domain/params'
import { viewPrediction } from '@lupa/core/domain/view-prediction'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { confidenceHistogram, countClasses, filterItems } from './filter-items.ts'

const IMAGE = { width: 100, height: 100 }
const NONE: ReadonlySet<number> = new Set()

const candidate = fc.record({
  x: fc.integer({ min: 0, max: 60 }),
  y: fc.integer({ min: 0, max: 60 }),
  size: fc.integer({ min: 5, max: 40 }),
  // Hundredths, as float32 gives them: what the slider stops at is never quite met.
  confidence: fc.integer({ min: 1, max: 99 }).map((percent) => percent / 100 + 0.003),
  class: fc.nat({ max: 2 }),
})

describe('filtering what the gateway gave for the lowest conf', () => {
  test('gives what the gateway would answer to any conf and classes', () => {
    fc.assert(
      fc.property(
        fc.array(candidate, { maxLength: 40 }),
        fc.integer({ min: 1, max: 99 }),
        fc.integer({ min: 1, max: 10 }),
        fc.option(fc.nat({ max: 2 }), { nil: undefined }),
        (candidates, percent, maxDet, hiddenClass) => {
          const rows = candidates
            .toSorted((one, other) => other.confidence - one.confidence)
            .flatMap(({ x, y, size, confidence, class: number }) => [
              x,
              y,
              x + size,
              y + size,
              confidence,
              number,
            ])
          const stored = {
            task: 'detect' as const,
            names: { 0: 'cat', 1: 'dog', 2: 'bird' },
            candidates: packCandidates(Float32Array.from(rows)),
          }
          const all = viewPrediction(stored, { ...DEFAULT_PARAMS, conf: 0.01, max_det: 3000 }, IMAGE)
          const classes = hiddenClass === undefined ? null : [0, 1, 2].filter((one) => one !== hiddenClass)
          const asked = viewPrediction(
            stored,
            { ...DEFAULT_PARAMS, conf: percent / 100, max_det: maxDet, classes },
            IMAGE,
          )
          const hidden = hiddenClass === undefined ? NONE : new Set([hiddenClass])
          expect(filterItems(all.predictions, { conf: percent / 100, hidden, maxDet })).toEqual(
            asked.predictions,
          )
        },
      ),
    )
  })
})

const item = (name: string, number: number, confidence: number) => ({ name, class: number, confidence })

test('classes are counted, the most frequent first', () => {
  expect(countClasses([item('dog', 1, 0.9), item('cat', 0, 0.8), item('cat', 0, 0.3)])).toEqual([
    { class: 0, name: 'cat', count: 2 },
    { class: 1, name: 'dog', count: 1 },
  ])
})

test('the histogram has a bin for each fiftieth, the surest of all in the last', () => {
  const counts = confidenceHistogram([item('cat', 0, 0.01), item('cat', 0, 0.5), item('cat', 0, 1)])
  expect(counts).toHaveLength(50)
  expect([counts[0], counts[25], counts[49]]).toEqual([1, 1, 1])
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(3)
})
