import { describe, expect, test, vi } from 'vitest'
import { finishJob } from '../../src/domain/job.ts'
import { createRedisJobEvents } from '../../src/jobs/redis-job-events.ts'
import { describeJobEvents } from '../contracts/job-events.ts'
import { aFailure, aJobRecord } from '../job-records.ts'
import { openRedisSession, type RedisSession } from './redis-session.ts'

describeJobEvents('Redis job events', async () => {
  const session = await openRedisSession()
  return {
    events: await openEvents(session),
    eventsElsewhere: await openEvents(session),
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  }
})

describe('Redis job events', () => {
  test('nothing stays hot for ever', async () => {
    await using session = await openRedisSession()
    const redis = await session.connect()
    const events = createRedisJobEvents({ redis, hotSeconds: 900, logger: session.logger })
    const queued = aJobRecord()
    const ttl = () => redis.ttl(`{lupa}:hot:${queued.id}`)

    await events.announce(queued)
    expect(await ttl()).toBe(86_400)
    await events.announce(finishJob(queued, aFailure()))
    expect(await ttl()).toBe(900)
  })

  test('a finished job stays hot for a minute even where results are not kept', async () => {
    await using session = await openRedisSession()
    const redis = await session.connect()
    const events = createRedisJobEvents({ redis, hotSeconds: 0, logger: session.logger })
    const finished = finishJob(aJobRecord(), aFailure())
    await events.announce(finished)
    expect(await redis.ttl(`{lupa}:hot:${finished.id}`)).toBe(60)
  })

  test('after Redis was killed and is back, listeners hear again by themselves', async () => {
    await using session = await openRedisSession()
    const events = await openEvents(session)
    const heard: string[] = []
    await using _listener = await events.listen((id) => void heard.push(id))

    await session.kill()
    await expect(events.announce(aJobRecord())).rejects.toMatchObject({ code: 'queue_unavailable' })
    await session.restart()

    await vi.waitFor(async () => {
      await events.announce(aJobRecord())
      expect(heard).not.toEqual([])
    }, 10_000)
  })
})

async function openEvents(session: RedisSession) {
  return createRedisJobEvents({ redis: await session.connect(), hotSeconds: 900, logger: session.logger })
}
