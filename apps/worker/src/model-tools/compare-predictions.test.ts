import type { PredictionItem } from '@lupa/core/domain/prediction'
import { expect, test } from 'vitest'
import { comparePredictions } from './compare-predictions.ts'

const box = (x: number, confidence: number, classNumber = 0): PredictionItem => ({
  name: ['cat', 'dog'][classNumber] ?? '',
  class: classNumber,
  confidence,
  box: { x1: x, y1: 0, x2: x + 10, y2: 10 },
})
const top = (classNumber: number, confidence: number): PredictionItem => ({
  name: ['cat', 'dog'][classNumber] ?? '',
  class: classNumber,
  confidence,
})

test('detections agree when both models have them, of one class, half over one another', () => {
  const { agreement, detections, worst } = comparePredictions('detect', [
    { picture: 'a.jpg', float: [box(0, 0.9), box(20, 0.6)], quantized: [box(0, 0.8), box(40, 0.7)] },
    { picture: 'b.jpg', float: [box(0, 0.9)], quantized: [box(1, 0.7)] },
  ])
  // Two by each in a.jpg, of which one pair; one by each in b.jpg, which are a pair.
  expect(agreement).toBeCloseTo(4 / 6, 3)
  expect(detections).toMatchObject({ float: 3, quantized: 3, matched: 2, found: 0.6667, conf: 0.25 })
  expect(detections?.confidence_difference).toBeCloseTo(0.15)
  expect(worst[0]).toEqual({
    picture: 'a.jpg',
    agreement: 0.5,
    float: 'cat 0.90, cat 0.60',
    quantized: 'cat 0.80, cat 0.70',
  })
})

test('another class or place does not agree', () => {
  const of = (quantized: PredictionItem) =>
    comparePredictions('obb', [{ picture: 'a.jpg', float: [box(0, 0.9)], quantized: [quantized] }]).agreement
  expect(of(box(0, 0.9, 1))).toBe(0)
  expect(of(box(6, 0.9))).toBe(0)
  expect(of(box(2, 0.9))).toBe(1)
})

test('a detection that falls a little below what is shown still agrees; one that falls far does not', () => {
  const of = (float: number, quantized: number) =>
    comparePredictions('detect', [
      { picture: 'a.jpg', float: [box(0, float)], quantized: [box(0, quantized)] },
    ])
  expect(of(0.3, 0.2).agreement).toBe(1)
  expect(of(0.2, 0.3).agreement).toBe(1)
  expect(of(0.3, 0.1).agreement).toBe(0)
  expect(of(0.3, 0.2).detections).toMatchObject({ float: 1, quantized: 0, matched: 0, found: 0 })
})

test('where neither shows anything they agree', () => {
  const { agreement, detections } = comparePredictions('pose', [
    { picture: 'a.jpg', float: [], quantized: [box(0, 0.2)] },
  ])
  expect(agreement).toBe(1)
  expect(detections?.found).toBe(1)
})

test('classes agree when the first is the same; the worst are those that do not, then the least sure', () => {
  const { agreement, classes, worst } = comparePredictions('classify', [
    { picture: 'same.jpg', float: [top(0, 0.9), top(1, 0.1)], quantized: [top(0, 0.9), top(1, 0.1)] },
    { picture: 'unsure.jpg', float: [top(0, 0.9), top(1, 0.1)], quantized: [top(0, 0.6), top(1, 0.4)] },
    { picture: 'other.jpg', float: [top(0, 0.6), top(1, 0.4)], quantized: [top(1, 0.7), top(0, 0.3)] },
  ])
  expect(agreement).toBeCloseTo(2 / 3, 3)
  expect(classes).toEqual({ top1: 0.6667, confidence_difference: 0.2 })
  expect(worst.map(({ picture }) => picture)).toEqual(['other.jpg', 'unsure.jpg', 'same.jpg'])
  expect(worst[0]).toMatchObject({ agreement: 0, float: 'cat 0.60', quantized: 'dog 0.70' })
})
