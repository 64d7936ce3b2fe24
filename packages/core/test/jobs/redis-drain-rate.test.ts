import { expect, test } from 'vitest'
import { createRedisDrainRate } from '../../src/jobs/redis-drain-rate.ts'
import { describeDrainRate } from '../contracts/drain-rate.ts'
import { openRedisSession } from './redis-session.ts'

describeDrainRate('Redis drain rate', async () => {
  const session = await openRedisSession()
  return {
    openDrainRate: async () => createRedisDrainRate({ redis: await session.connect() }),
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  }
})

test('the counters of the drain rate go by themselves', async () => {
  await using session = await openRedisSession()
  const redis = await session.connect()
  await createRedisDrainRate({ redis }).count(3000)
  const keys = await redis.keys('*')
  expect(keys.length).toBeGreaterThanOrEqual(3)
  const lifetimes = await Promise.all(keys.map((key) => redis.ttl(key)))
  expect(lifetimes.every((seconds) => seconds > 0 && seconds <= 35)).toBe(true)
})
