import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { RateDemand, RateLimit } from '../../src/clients/rate-limit.ts'

export interface RateLimitSession extends AsyncDisposable {
  /** Another process that asks. */
  openRateLimit(): Promise<RateLimit>
}

const images = (cost: number, overrides: Partial<RateDemand> = {}): RateDemand => ({
  name: 'images of ana',
  limit: 100,
  windowMs: 60_000,
  cost,
  ...overrides,
})

/** What every rate limit promises. */
export function describeRateLimit(name: string, open: () => Promise<RateLimitSession>): void {
  describe(`${name} keeps its promises`, () => {
    let session: RateLimitSession
    let limit: RateLimit
    beforeEach(async () => {
      session = await open()
      limit = await session.openRateLimit()
    })
    afterEach(() => session[Symbol.asyncDispose]())

    test('of 300 at once, exactly as many get through as the limit says', async () => {
      const verdicts = await Promise.all(Array.from({ length: 300 }, () => limit.take([images(1)])))
      expect(verdicts.filter(({ granted }) => granted)).toHaveLength(100)
      for (const { granted, states } of verdicts) {
        if (granted) continue
        expect(states[0]).toMatchObject({ remaining: 0 })
        expect(states[0]?.retryAfterMs).toBeGreaterThan(50_000)
        expect(states[0]?.retryAfterMs).toBeLessThanOrEqual(61_000)
      }
    })

    test('what is left, and when all is free again, is told each time', async () => {
      expect((await limit.take([images(0)])).states[0]).toMatchObject({ remaining: 100, resetMs: 0 })
      const { granted, states } = await limit.take([images(30)])
      expect(granted).toBe(true)
      expect(states[0]).toMatchObject({ remaining: 70, retryAfterMs: 0 })
      expect(states[0]?.resetMs).toBeGreaterThan(59_000)
      expect(states[0]?.resetMs).toBeLessThanOrEqual(61_000)
      expect((await limit.take([images(71)])).granted).toBe(false)
      expect((await limit.take([images(70)])).granted).toBe(true)
      expect((await limit.take([images(0)])).granted).toBe(false)
    })

    test('the time it says to wait is the time it takes, and never more than the limit is let through meanwhile', async () => {
      const short = { name: 'short', limit: 5, windowMs: 600 }
      for (let round = 0; round < 5; round++)
        expect((await limit.take([images(1, short)])).granted).toBe(true)
      const refused = await limit.take([images(1, short)])
      const waitMs = refused.states[0]?.retryAfterMs ?? 0
      expect(waitMs).toBeGreaterThan(0)
      expect(waitMs).toBeLessThanOrEqual(610)
      await delay(waitMs + 20)
      expect((await limit.take([images(1, short)])).granted).toBe(true)
    })

    test('names have nothing to do with one another', async () => {
      await limit.take([images(100)])
      expect((await limit.take([images(1, { name: 'images of rui' })])).granted).toBe(true)
    })

    test('of several demands all are granted or none is taken', async () => {
      const bytes = images(600, { name: 'bytes of ana', limit: 1000, windowMs: 86_400_000 })
      expect((await limit.take([images(1), bytes])).granted).toBe(true)
      const refused = await limit.take([images(1), bytes])
      expect(refused.granted).toBe(false)
      expect(refused.states[0]).toMatchObject({ remaining: 99, retryAfterMs: 0 })
      expect(refused.states[1]).toMatchObject({ remaining: 400 })
      expect(refused.states[1]?.retryAfterMs).toBeGreaterThan(80_000_000)
    })

    test('a demand over the limit waits for an empty window, and is then worked off', async () => {
      const few = { name: 'few', limit: 10, windowMs: 3000 }
      await limit.take([images(1, few)])
      expect((await limit.take([images(25, few)])).granted).toBe(false)
      const fresh = { ...few, name: 'fresh' }
      const { granted, states } = await limit.take([images(25, fresh)])
      expect(granted).toBe(true)
      expect(states[0]?.remaining).toBe(0)
      expect(states[0]?.resetMs).toBeGreaterThan(3 * 3000 - 200)
      // 15 are worked off before there is room for one: two windows, and a bucket for each.
      const next = await limit.take([images(1, fresh)])
      expect(next.granted).toBe(false)
      expect(next.states[0]?.retryAfterMs).toBeGreaterThan(2 * 3000 - 200)
    })

    test('what came to nothing is given back', async () => {
      const verdict = await limit.take([images(100)])
      await limit.giveBack(verdict)
      const again = await limit.take([images(100)])
      expect(again.granted).toBe(true)
      const refused = await limit.take([images(1)])
      await limit.giveBack(refused)
      expect((await limit.take([images(1)])).granted).toBe(false)
    })
  })
}
