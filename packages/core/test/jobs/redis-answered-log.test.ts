import { describe, expect, test, vi } from 'vitest'
import { createRedisAdmission } from '../../src/jobs/redis-admission.ts'
import { createRedisAnsweredLog } from '../../src/jobs/redis-answered-log.ts'
import { createRedisJobEvents } from '../../src/jobs/redis-job-events.ts'
import { anAnsweredJob, consuming, describeAnsweredLog } from '../contracts/answered-log.ts'
import { openRedisSession } from './redis-session.ts'

describeAnsweredLog('Redis answered log', async () => {
  const session = await openRedisSession()
  const redis = await session.connect()
  return {
    openLog: (consumer) =>
      createRedisAnsweredLog({ redis, consumer, logger: session.logger, abandonedAfterMs: 500 }),
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  }
})

describe('Redis answered log', () => {
  test('a handled job leaves nothing in Redis', async () => {
    await using session = await openRedisSession()
    const redis = await session.connect()
    const log = createRedisAnsweredLog({ redis, consumer: 'one', logger: session.logger })
    await using consumer = consuming(log)
    await log.append(anAnsweredJob())
    await vi.waitFor(() => expect(consumer.jobs).toHaveLength(1), 5000)
    await vi.waitFor(async () => expect(await redis.xlen('{lupa}:answered')).toBe(0), 5000)
    expect(await redis.xpending('{lupa}:answered', 'writers')).toEqual([0, null, null, null])
  })

  test('an answered job can be read at once, and has no place on the queue any more', async () => {
    await using session = await openRedisSession()
    const redis = await session.connect()
    const { logger } = session
    const job = anAnsweredJob()
    const admission = createRedisAdmission({ redis, limit: 10 })
    await admission.reserve(job.record.client, job.record.id)
    await createRedisAnsweredLog({ redis, consumer: 'one', logger }).append(job)
    const events = createRedisJobEvents({ redis, logger, hotSeconds: 60 })
    expect(await events.latest(job.record.id)).toEqual(job.record)
    expect([await admission.taken(), await admission.taken(job.record.client)]).toEqual([0, 0])
  })

  test('what a version before has appended is read', async () => {
    await using session = await openRedisSession()
    const redis = await session.connect()
    const job = anAnsweredJob()
    await redis.xadd('{lupa}:answered', '*', 'job', JSON.stringify(job))
    const log = createRedisAnsweredLog({ redis, consumer: 'one', logger: session.logger })
    await using consumer = consuming(log)
    await vi.waitFor(() => expect(consumer.jobs).toEqual([job]), 5000)
  })

  test('jobs come in batches of a bounded size', async () => {
    await using session = await openRedisSession()
    const redis = await session.connect()
    const log = createRedisAnsweredLog({ redis, consumer: 'one', logger: session.logger, batchSize: 10 })
    for (let count = 0; count < 25; count++) await log.append(anAnsweredJob())
    const sizes: number[] = []
    await using consumer = consuming(log, async (jobs) => void sizes.push(jobs.length))
    await vi.waitFor(() => expect(consumer.jobs).toHaveLength(25), 5000)
    expect(sizes).toEqual([10, 10, 5])
  })

  test('after Redis was wiped under a waiting consumer, it goes on', async () => {
    await using session = await openRedisSession()
    const redis = await session.connect()
    const log = createRedisAnsweredLog({ redis, consumer: 'one', logger: session.logger })
    await using consumer = consuming(log)
    await log.append(anAnsweredJob())
    await vi.waitFor(() => expect(consumer.jobs).toHaveLength(1), 5000)

    await redis.flushall()
    const job = anAnsweredJob()
    await log.append(job)

    await vi.waitFor(() => expect(consumer.jobs.at(-1)).toEqual(job), 10_000)
  })

  test('after Redis was killed and is back, a consumer goes on', async () => {
    await using session = await openRedisSession()
    const redis = await session.connect()
    const log = createRedisAnsweredLog({ redis, consumer: 'one', logger: session.logger })
    await using consumer = consuming(log)
    await log.append(anAnsweredJob())
    await vi.waitFor(() => expect(consumer.jobs).toHaveLength(1), 5000)

    await session.kill()
    await expect(log.append(anAnsweredJob())).rejects.toMatchObject({ code: 'queue_unavailable' })
    await session.restart()

    const job = anAnsweredJob()
    await vi.waitFor(() => log.append(job), 5000)
    await vi.waitFor(() => expect(consumer.jobs.at(-1)).toEqual(job), 10_000)
  })

  test('a consumer can be aborted while Redis is away', async () => {
    await using session = await openRedisSession()
    const redis = await session.connect()
    const log = createRedisAnsweredLog({ redis, consumer: 'one', logger: session.logger })
    const consumer = consuming(log)
    await log.append(anAnsweredJob())
    await vi.waitFor(() => expect(consumer.jobs).toHaveLength(1), 5000)
    await session.kill()
    await expect(log.append(anAnsweredJob())).rejects.toMatchObject({ code: 'queue_unavailable' })
    await consumer[Symbol.asyncDispose]()
  })
})
