import { expect, test } from 'vitest'
import { createSlidingMaximum } from './sliding-maximum.ts'

test('the largest value is told for the whole window, and not for much longer', () => {
  let nowMs = 0
  const longest = createSlidingMaximum({ windowMs: 60_000, nowMs: () => nowMs })
  expect(longest.current()).toBeUndefined()
  nowMs = 7_000
  longest.note(9)
  nowMs = 30_000
  longest.note(4)
  longest.note(2)
  nowMs = 66_999
  expect(longest.current()).toBe(9)
  nowMs = 7_000 + 65_001
  expect(longest.current()).toBe(4)
  nowMs = 30_000 + 65_001
  expect(longest.current()).toBeUndefined()
})

test('what was noted before a long silence is forgotten by the next note', () => {
  let nowMs = 0
  const longest = createSlidingMaximum({ windowMs: 60_000, nowMs: () => nowMs })
  longest.note(9)
  nowMs = 3_600_000
  longest.note(1)
  expect(longest.current()).toBe(1)
})
