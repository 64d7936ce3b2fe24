import { describe, expect, test } from 'vitest'
import { createRedisRateLimit } from '../../src/clients/redis-rate-limit.ts'
import { describeRateLimit } from '../contracts/rate-limit.ts'
import { openRedisSession } from '../jobs/redis-session.ts'

const IMAGE = [{ name: 'ana', limit: 100, windowMs: 60_000, cost: 1 }]

describeRateLimit('The Redis rate limit', async () => {
  const session = await openRedisSession()
  return {
    openRateLimit: async () => createRedisRateLimit({ redis: await session.connect() }),
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  }
})

describe('The Redis rate limit', () => {
  test('is one limit, however many processes ask at once', async () => {
    await using session = await openRedisSession()
    const doors = await Promise.all(
      Array.from({ length: 4 }, async () => createRedisRateLimit({ redis: await session.connect() })),
    )
    const verdicts = await Promise.all(
      Array.from({ length: 400 }, (_, at) => (doors[at % 4] as (typeof doors)[0]).take(IMAGE)),
    )
    expect(verdicts.filter(({ granted }) => granted)).toHaveLength(100)
  })

  test('leaves nothing behind when its windows are over', async () => {
    await using session = await openRedisSession()
    const redis = await session.connect()
    const limit = createRedisRateLimit({ redis })
    await limit.take(IMAGE)
    await limit.take([{ name: 'batch', limit: 10, windowMs: 60_000, cost: 25 }])
    const keys = await redis.keys('*')
    expect(keys.toSorted()).toEqual(['{lupa}:rate:ana', '{lupa}:rate:batch'])
    expect(await redis.pttl('{lupa}:rate:ana')).toBeLessThanOrEqual(61_000)
    expect(await redis.pttl('{lupa}:rate:batch')).toBeGreaterThan(150_000)
    expect(await redis.pttl('{lupa}:rate:batch')).toBeLessThanOrEqual(183_000)
  })

  test('while Redis hangs, rejects within two seconds', async () => {
    await using session = await openRedisSession()
    const limit = createRedisRateLimit({ redis: await session.connect() })
    session.hang()
    const beganMs = performance.now()
    await expect(limit.take(IMAGE)).rejects.toMatchObject({ code: 'queue_unavailable' })
    expect(performance.now() - beganMs).toBeLessThan(2000)
  })
})
