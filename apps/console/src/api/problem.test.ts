import { expect, test } from 'vitest'
import { readProblem, readRetryAfter } from './problem.ts'

test('a problem document says what was wrong', () => {
  const body = JSON.stringify({ code: 'queue_full', title: 'The queue is full', detail: '10000 jobs wait.' })
  expect(readProblem(503, body, '3')).toMatchObject({
    status: 503,
    code: 'queue_full',
    title: 'The queue is full',
    message: '10000 jobs wait.',
    retryAfterMs: 3000,
  })
})

test.each(['<html>', '', 'null'])('an answer that is none of ours (%j) is a problem too', (body) => {
  expect(readProblem(502, body, null)).toMatchObject({ code: 'http_502', retryAfterMs: null })
})

test('Retry-After is seconds or a date', () => {
  const now = Date.parse('2026-11-26T12:00:00Z')
  expect(readRetryAfter('7', now)).toBe(7000)
  expect(readRetryAfter('Thu, 26 Nov 2026 12:00:09 GMT', now)).toBe(9000)
  expect(readRetryAfter('Thu, 26 Nov 2026 11:00:00 GMT', now)).toBe(0)
  expect(readRetryAfter('soon', now)).toBeNull()
  expect(readRetryAfter(null, now)).toBeNull()
})
