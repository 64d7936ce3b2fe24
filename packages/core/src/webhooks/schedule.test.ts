import { describe, expect, test } from 'vitest'
import { retryDelayMs } from './schedule.ts'

describe('retryDelayMs', () => {
  test('follows the schedule of Standard Webhooks, ten tries in all', () => {
    const seconds = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((tryNumber) => (retryDelayMs(tryNumber, 0.5) ?? 0) / 1000)
    expect(seconds).toEqual([5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400])
    expect(retryDelayMs(10, 0.5)).toBeUndefined()
    expect(retryDelayMs(11, 0.5)).toBeUndefined()
  })

  test('strays a tenth at most', () => {
    expect(retryDelayMs(2, 0)).toBe(270_000)
    expect(retryDelayMs(2, 1)).toBe(330_000)
  })
})
