import { expect, test } from 'vitest'
import { percentilesOf } from './percentiles.ts'

test('a percentile is the value that so many are not above', () => {
  const values = Array.from({ length: 100 }, (_, index) => 100 - index)
  expect(percentilesOf(values)).toEqual({ mean: 50.5, p50: 50, p90: 90, p95: 95, p99: 99, max: 100 })
  expect(percentilesOf([7.04])).toEqual({ mean: 7, p50: 7, p90: 7, p95: 7, p99: 7, max: 7 })
  expect(percentilesOf([])).toBeNull()
})
