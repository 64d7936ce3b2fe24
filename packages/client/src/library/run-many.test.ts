import { expect, test } from 'vitest'
import { runMany } from './run-many.ts'

test('so many are under way at a time, things are taken as there is room, outcomes come as they end', async () => {
  let taken = 0
  let running = 0
  let most = 0
  function* things() {
    for (const ms of [30, 1, 20, 5, 1]) {
      taken += 1
      expect(taken - 1).toBeLessThanOrEqual(outcomes.length + 2)
      yield ms
    }
  }
  const outcomes: number[] = []
  const work = async (ms: number) => {
    most = Math.max(most, ++running)
    await new Promise((resolve) => setTimeout(resolve, ms))
    running -= 1
    return ms
  }
  for await (const outcome of runMany(things(), 2, work)) outcomes.push(outcome)
  expect(outcomes.toSorted((a, b) => a - b)).toEqual([1, 1, 5, 20, 30])
  expect(outcomes[0]).toBe(1)
  expect(most).toBe(2)
})

test('what one rejects with ends all, and closes what the things come from', async () => {
  let closed = false
  async function* things() {
    try {
      for (let number = 0; ; number++) yield number
    } finally {
      closed = true
    }
  }
  const work = async (number: number) => {
    if (number === 3) throw new Error('three')
    return number
  }
  const all = async () => {
    for await (const _ of runMany(things(), 2, work));
  }
  await expect(all()).rejects.toThrow('three')
  expect(closed).toBe(true)
})

test('nothing is no work', async () => {
  const nothing = runMany([], 4, () => Promise.reject(new Error('never')))
  expect(await nothing.next()).toEqual({ done: true, value: undefined })
})
