import { expect, test } from 'vitest'
import { createAutoscaler, desiredReplicas } from './autoscaler.ts'

const BOUNDS = { min: 1, max: 20, everySeconds: 10, cooldownSeconds: 300, startSeconds: 40 }
const replica = (readyAtSecond: number) => ({ readyAtSecond })

/** Looks every ten seconds until then, and tells how many there were after each look. */
function countsOf(bounds: typeof BOUNDS, wantedAt: (second: number) => number, seconds: number): number[] {
  const scaler = createAutoscaler(bounds, replica)
  const counts: number[] = []
  for (let second = 10; second <= seconds; second += 10) {
    scaler.look(second, () => wantedAt(second))
    counts.push(scaler.replicas.length)
  }
  return counts
}

test('the rule that asks for most wins, and a part of a replica is a whole one', () => {
  expect(
    desiredReplicas([
      { current: 11, target: 5 },
      { current: 4, target: 2 },
    ]),
  ).toBe(3)
  expect(desiredReplicas([{ current: 0, target: 5 }])).toBe(0)
})

test('it grows by four, then doubles, up to the most there may be', () => {
  expect(countsOf(BOUNDS, () => 1000, 50)).toEqual([5, 10, 20, 20, 20])
})

test('one that was added serves when it has started', () => {
  const scaler = createAutoscaler(BOUNDS, replica)
  scaler.look(10, () => 3)
  expect([scaler.ready(10).length, scaler.ready(49).length, scaler.ready(50).length]).toEqual([1, 1, 3])
})

test('it shrinks to what was needed at most in the last five minutes', () => {
  const counts = countsOf(BOUNDS, (second) => (second <= 30 ? 5 : 2), 400)
  expect(counts.slice(0, 32)).toEqual(Array(32).fill(5))
  expect(counts.at(33)).toBe(2)
})

test('the last one goes after the cooldown, where there may be none, and one comes back at first', () => {
  const toZero = { ...BOUNDS, min: 0 }
  const counts = countsOf(toZero, (second) => (second <= 20 || second > 500 ? 4 : 0), 530)
  expect(counts.slice(0, 2)).toEqual([1, 4])
  expect(counts[30]).toBe(4)
  expect(counts[40]).toBe(0)
  expect(counts.slice(-3)).toEqual([1, 4, 4])
})
