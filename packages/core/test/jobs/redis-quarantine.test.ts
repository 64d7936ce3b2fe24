import { describe, expect, test } from 'vitest'
import { createRedisQuarantine } from '../../src/jobs/redis-quarantine.ts'
import { openRedisSession } from './redis-session.ts'

describe('Redis quarantine', () => {
  test('counts the crashes of an image under a model, apart from all others', async () => {
    await using session = await openRedisSession()
    const quarantine = createRedisQuarantine({ redis: await session.connect() })
    expect(await quarantine.crashes('image', 'model')).toBe(0)
    expect(await quarantine.countCrash('image', 'model')).toBe(1)
    expect(await quarantine.countCrash('image', 'model')).toBe(2)
    expect(await quarantine.crashes('image', 'model')).toBe(2)
    expect(await quarantine.crashes('image', 'another model')).toBe(0)
    expect(await quarantine.crashes('another image', 'model')).toBe(0)
  })

  test('forgets a crash a while after the last one', async () => {
    await using session = await openRedisSession()
    const redis = await session.connect()
    await createRedisQuarantine({ redis, memorySeconds: 60 }).countCrash('image', 'model')
    expect(await redis.ttl('{lupa}:crashes:image:model')).toBe(60)
  })
})
