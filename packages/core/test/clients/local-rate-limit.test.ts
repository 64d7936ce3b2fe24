import { describe, expect, test } from 'vitest'
import { createLocalRateLimit } from '../../src/clients/local-rate-limit.ts'
import { describeRateLimit } from '../contracts/rate-limit.ts'

describeRateLimit('The local rate limit', async () => ({
  openRateLimit: async () => createLocalRateLimit(),
  async [Symbol.asyncDispose]() {},
}))

describe('The local rate limit', () => {
  const one = (name: string) => [{ name, limit: 1, windowMs: 60_000, cost: 1 }]

  test('keeps so many names and forgets those not heard of for longest', async () => {
    const limit = createLocalRateLimit({ maxNames: 2 })
    for (const name of ['a', 'b', 'c']) await limit.take(one(name))
    expect((await limit.take(one('c'))).granted).toBe(false)
    expect((await limit.take(one('b'))).granted).toBe(false)
    expect((await limit.take(one('a'))).granted).toBe(true)
  })

  test('in no window, wherever it begins, more than the limit goes through', async () => {
    let nowMs = 1_764_000_000_000
    const limit = createLocalRateLimit({ now: () => nowMs })
    const grantedAtMs: number[] = []
    for (let tick = 0; tick < 3000; tick++) {
      nowMs += 83
      const { granted } = await limit.take([{ name: 'ana', limit: 100, windowMs: 60_000, cost: 1 }])
      if (granted) grantedAtMs.push(nowMs)
    }
    const most = Math.max(
      ...grantedAtMs.map((from) => grantedAtMs.filter((at) => at >= from && at < from + 60_000).length),
    )
    expect(most).toBe(100)
    // 249 s hold four windows whole.
    expect(grantedAtMs.length).toBeGreaterThanOrEqual(400)
  })
})
