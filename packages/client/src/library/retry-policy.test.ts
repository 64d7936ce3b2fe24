import { expect, test } from 'vitest'
import { DEFAULT_RETRIES, readRetryAfter, retryDelayMs } from './retry-policy.ts'

const failed = (tries: number, retryAfterMs?: number, elapsedMs = 0) => ({ tries, elapsedMs, retryAfterMs })

test('without `Retry-After` a request is tried so often, ever further apart, at any moment up to then', () => {
  const longest = [1, 2, 3, 4].map((tries) => retryDelayMs(failed(tries), DEFAULT_RETRIES, 1))
  expect(longest).toEqual([250, 500, 1000, undefined])
  expect(retryDelayMs(failed(3), DEFAULT_RETRIES, 0)).toBe(0)
  expect(retryDelayMs(failed(30), { attempts: 99, forMs: 1 }, 1)).toBe(8000)
})

test('with `Retry-After` it never comes back earlier, and as often as there is time for', () => {
  expect(retryDelayMs(failed(1, 3000), DEFAULT_RETRIES, 0)).toBe(3000)
  expect(retryDelayMs(failed(50, 3000), DEFAULT_RETRIES, 0.5)).toBe(7000)
  expect(retryDelayMs(failed(1, 3000, 117_500), DEFAULT_RETRIES, 0)).toBeUndefined()
  expect(retryDelayMs(failed(1, 86_400_000), DEFAULT_RETRIES, 0)).toBeUndefined()
})

test('one attempt is no retry, whatever the service wishes', () => {
  expect(retryDelayMs(failed(1, 1), { attempts: 1, forMs: 1000 }, 0)).toBeUndefined()
})

test.each([
  ['7', 7000],
  ['0', 0],
  [' 1.5 ', 1500],
  ['Thu, 01 Jan 1970 00:00:10 GMT', 9000],
  ['Wed, 31 Dec 1969 00:00:00 GMT', 0],
  ['soon', undefined],
  [null, undefined],
])('Retry-After: %s', (header, wanted) => expect(readRetryAfter(header, 1000)).toBe(wanted))
