import { describe, expect, test } from 'vitest'
import { newJobId } from '../../src/domain/ids.ts'
import { createRedisResultCache } from '../../src/jobs/redis-result-cache.ts'
import { cacheKeyOf } from '../../src/jobs/result-cache.ts'
import { describeResultCache } from '../contracts/result-cache.ts'
import { aJobRecord } from '../job-records.ts'
import { openRedisSession } from './redis-session.ts'

describeResultCache('Redis result cache', async () => {
  const session = await openRedisSession()
  return {
    cache: createRedisResultCache({ redis: await session.connect(), ttlSeconds: 60 }),
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  }
})

describe('Redis result cache', () => {
  const result = {
    prediction: { task: 'classify' as const, top: [] },
    image: { width: 1, height: 1 },
    job_id: newJobId(),
  }

  test('a result stays as long as it was told', async () => {
    await using session = await openRedisSession()
    const redis = await session.connect()
    const key = cacheKeyOf(aJobRecord(), 'client')
    await createRedisResultCache({ redis, ttlSeconds: 60 }).put(key, result)
    expect(await redis.ttl(`{lupa}:result:${key}`)).toBe(60)
  })

  test('switched off, it keeps nothing and lets everybody compute', async () => {
    await using session = await openRedisSession()
    const cache = createRedisResultCache({ redis: await session.connect(), ttlSeconds: 0 })
    await cache.put('key', result)
    expect(await cache.get('key')).toBeUndefined()
    expect(await cache.claim('key', 'ana', 1000)).toBe(true)
    expect(await cache.claim('key', 'rui', 1000)).toBe(true)
  })
})
