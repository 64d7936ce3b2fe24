import type { PredictionItem } from '@lupa/core/domain/prediction'
import { expect, test } from 'vitest'
import { matchItems } from './match-items.ts'
import { meanAveragePrecisions, type Seen } from './mean-average-precision.ts'

/** A box of 10 × 10 pixels whose left edge is given. */
const item = (x: number, confidence: number, classNumber = 0): PredictionItem => ({
  name: `class ${classNumber}`,
  class: classNumber,
  confidence,
  box: { x1: x, y1: 0, x2: x + 10, y2: 10 },
})

const meanAveragePrecision = (pictures: Seen[], overlap: number) =>
  meanAveragePrecisions(pictures, [overlap])[0]

test('the same detections have a precision of 1, however sure they are', () => {
  const truths = [item(0, 0.9), item(20, 0.8), item(40, 0.7, 1)]
  expect(
    meanAveragePrecision([{ truths, found: [item(0, 0.3), item(20, 0.2), item(40, 0.1, 1)] }], 0.5),
  ).toBe(1)
})

test('what is not found lowers the recall', () => {
  const truths = [item(0, 0.9), item(20, 0.8)]
  // Recalls 0 to 0.50 are reached with a precision of 1: 51 of 101.
  expect(meanAveragePrecision([{ truths, found: [item(0, 0.9)] }], 0.5)).toBeCloseTo(51 / 101)
  expect(meanAveragePrecision([{ truths, found: [] }], 0.5)).toBe(0)
})

test('what is found wrongly costs only where it is surer than what is right', () => {
  const truths = [item(0, 0.9)]
  expect(meanAveragePrecision([{ truths, found: [item(0, 0.9), item(60, 0.2)] }], 0.5)).toBe(1)
  expect(meanAveragePrecision([{ truths, found: [item(0, 0.5), item(60, 0.9)] }], 0.5)).toBeCloseTo(0.5)
})

test('a second detection of one thing is wrong', () => {
  const truths = [item(0, 0.9), item(20, 0.9)]
  const found = [item(0, 0.9), item(1, 0.8), item(20, 0.7)]
  // Precision 1 up to recall 0.5, then 2 of 3.
  expect(meanAveragePrecision([{ truths, found }], 0.5)).toBeCloseTo((51 + 50 * (2 / 3)) / 101)
})

test('classes count alike, those that are true nowhere not at all', () => {
  const pictures = [
    {
      truths: [item(0, 0.9), item(20, 0.9), item(40, 0.9)],
      found: [item(0, 0.9), item(20, 0.9), item(40, 0.9)],
    },
    { truths: [item(0, 0.9, 1)], found: [item(0, 0.9, 2)] },
  ]
  expect(meanAveragePrecision(pictures, 0.5)).toBe(0.5)
})

test('a detection must overlap by as much as is asked', () => {
  const pictures = [{ truths: [item(0, 0.9)], found: [item(2, 0.9)] }]
  // 8 of 12 pixels of width.
  expect(meanAveragePrecision(pictures, 0.65)).toBe(1)
  expect(meanAveragePrecision(pictures, 0.7)).toBe(0)
  expect(meanAveragePrecisions(pictures, [0.5, 0.65, 0.7])).toEqual([1, 1, 0])
})

test('nothing true and nothing found agree', () => {
  expect(meanAveragePrecision([{ truths: [], found: [] }], 0.5)).toBe(1)
  expect(meanAveragePrecision([{ truths: [], found: [item(0, 0.9)] }], 0.5)).toBe(0)
})

test('pairs are one to one: the surest takes the nearest, the next what is left', () => {
  const truths = [item(0, 0.9), item(4, 0.8)]
  const [near, far] = [item(4, 0.9), item(3, 0.5)]
  const pairs = matchItems(truths, [far, near], 0.3)
  expect(pairs.map(({ truth, found }) => [truth, found])).toEqual([
    [truths[1], near],
    [truths[0], far],
  ])
})
