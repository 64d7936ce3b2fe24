import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { newJobId } from '../../src/domain/ids.ts'
import { createBullmqJobConsumer } from '../../src/jobs/bullmq-job-consumer.ts'
import { createBullmqJobQueue } from '../../src/jobs/bullmq-job-queue.ts'
import type { JobConsumer, JobInHand } from '../../src/jobs/job-consumer.ts'
import type { JobQueue } from '../../src/jobs/job-queue.ts'
import { createLogger } from '../../src/runtime/logger.ts'
import { describeJobQueue } from '../contracts/job-queue.ts'
import { withClient } from '../services/redis-client.ts'
import { freePort, startRedisServer, type TestRedis } from '../services/redis-server.ts'
import { aQueuedJob } from './queued-job.ts'

const logger = createLogger('test', { level: 'silent', pretty: false })
const DOOMED_CONSUMER = new URL('./job-consumer-process.ts', import.meta.url).pathname
/** Short enough for a test to see a job change hands. */
const SHORT_LOCK = { lockDurationMs: 2000, stalledIntervalMs: 1000 }

describeJobQueue('BullMQ job queue', async () => {
  const redis = await startRedisServer()
  const queue = createBullmqJobQueue({ redisUrl: redis.url, logger })
  const consumers: JobConsumer[] = []
  return {
    queue,
    openConsumer({ concurrency = 1 } = {}) {
      const consumer = createBullmqJobConsumer({ redisUrl: redis.url, name: 'test', concurrency, logger })
      consumers.push(consumer)
      return consumer
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(consumers.map((consumer) => consumer.stop()))
      await queue.close()
      await redis[Symbol.asyncDispose]()
    },
  }
})

describe('BullMQ job queue under faults', () => {
  let redis: TestRedis
  let queue: JobQueue
  beforeEach(async () => {
    redis = await startRedisServer()
    queue = createBullmqJobQueue({ redisUrl: redis.url, logger })
  })
  afterEach(async () => {
    await queue.close()
    await redis[Symbol.asyncDispose]()
  })

  test('a job whose process was killed goes to another within seconds', async () => {
    const id = newJobId()
    await queue.enqueue(aQueuedJob({ id }))
    const doomed = spawn(process.execPath, [DOOMED_CONSUMER, redis.url], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    onTestFinished(() => void doomed.kill('SIGKILL'))
    await once(doomed.stdout, 'data')
    const { handled } = startConsumer(redis.url, SHORT_LOCK)

    doomed.kill('SIGKILL')
    const killedAt = Date.now()

    await vi.waitFor(() => expect(handled).toHaveLength(1), 10_000)
    expect(handled).toEqual([{ id, attempt: 2, failures: 0, losses: 1, isLastAttempt: false }])
    expect(Date.now() - killedAt).toBeLessThan(6000)
  })

  test('twenty deaths of workers with a job in hand do not end it', async () => {
    const id = newJobId()
    await queue.enqueue(aQueuedJob({ id }))
    await withClient(redis.url, (client) => client.hset(`{lupa}:jobs:${id}`, 'stc', 20))
    await withClient(redis.url, (client) =>
      client.multi().lmove('{lupa}:jobs:wait', '{lupa}:jobs:active', 'RIGHT', 'LEFT').exec(),
    )

    const { handled } = startConsumer(redis.url, SHORT_LOCK)

    await vi.waitFor(() => expect(handled.map((job) => job.id)).toEqual([id]), 10_000)
  })

  test('a handler hears when its job is not its any more', async () => {
    const id = newJobId()
    const { promise: aborted, resolve: abort } = Promise.withResolvers<void>()
    const consumer = createBullmqJobConsumer({
      redisUrl: redis.url,
      name: 'test',
      concurrency: 1,
      logger,
      ...SHORT_LOCK,
    })
    onTestFinished(() => consumer.stop())
    consumer.start(async (_job, signal) => {
      await withClient(redis.url, (client) => client.set(`{lupa}:jobs:${id}:lock`, 'somebody else'))
      if (!signal.aborted) await once(signal, 'abort')
      abort()
    })

    await queue.enqueue(aQueuedJob({ id }))
    await expect(aborted).resolves.toBeUndefined()
  })

  test('while Redis hangs, enqueue rejects within 2.5 seconds, and works again afterwards', async () => {
    await queue.enqueue(aQueuedJob())
    redis.process.kill('SIGSTOP')
    onTestFinished(() => void redis.process.kill('SIGCONT'))

    const startedAt = Date.now()
    await expect(queue.enqueue(aQueuedJob())).rejects.toMatchObject({ code: 'queue_unavailable' })
    expect(Date.now() - startedAt).toBeLessThan(2500)
    await expect(queue.depth()).rejects.toMatchObject({ code: 'queue_unavailable' })

    redis.process.kill('SIGCONT')
    const id = newJobId()
    await vi.waitFor(() => queue.enqueue(aQueuedJob({ id })), 5000)
    expect(await queue.holds(id)).toBe(true)
  })

  test('a queue opened while Redis is away rejects at first and works once Redis is there', async () => {
    const port = await freePort()
    const redisUrl = `redis://127.0.0.1:${port}`
    const early = createBullmqJobQueue({ redisUrl, logger })
    onTestFinished(() => early.close())

    const startedAt = Date.now()
    await expect(early.enqueue(aQueuedJob())).rejects.toMatchObject({ code: 'queue_unavailable' })
    expect(Date.now() - startedAt).toBeLessThan(2500)

    await using _late = await startRedisServer('--port', `${port}`)
    await vi.waitFor(() => early.enqueue(aQueuedJob()), 5000)
    expect(await early.depth()).toMatchObject({ waiting: 1 })
  })

  test('while Redis is full, enqueue rejects and running jobs end; with room again it works', async () => {
    const { handled } = startConsumer(redis.url)
    await queue.enqueue(aQueuedJob())
    await vi.waitFor(() => expect(handled).toHaveLength(1), 5000)
    await withClient(redis.url, (client) => client.config('SET', 'maxmemory', '1mb'))

    await expect(queue.enqueue(aQueuedJob())).rejects.toMatchObject({ code: 'queue_unavailable' })

    await withClient(redis.url, (client) => client.config('SET', 'maxmemory', '0'))
    await queue.enqueue(aQueuedJob())
    await vi.waitFor(() => expect(handled).toHaveLength(2), 5000)
  })

  test('after Redis was killed and is back, queue and consumer go on by themselves', async () => {
    const { handled } = startConsumer(redis.url)
    await queue.enqueue(aQueuedJob())
    await vi.waitFor(() => expect(handled).toHaveLength(1), 5000)

    redis.process.kill('SIGKILL')
    await once(redis.process, 'exit')
    await expect(queue.enqueue(aQueuedJob())).rejects.toMatchObject({ code: 'queue_unavailable' })
    await using _again = await startRedisServer('--port', new URL(redis.url).port)

    const id = newJobId()
    await vi.waitFor(() => queue.enqueue(aQueuedJob({ id })), 5000)
    await vi.waitFor(() => expect(handled.at(-1)?.id).toBe(id), 10_000)
  })

  test('after Redis was wiped, a job enqueued again is handled', async () => {
    const { handled } = startConsumer(redis.url)
    await queue.enqueue(aQueuedJob())
    await vi.waitFor(() => expect(handled).toHaveLength(1), 5000)

    await withClient(redis.url, (client) => client.flushall())
    const id = newJobId()
    await queue.enqueue(aQueuedJob({ id }))

    await vi.waitFor(() => expect(handled.at(-1)?.id).toBe(id), 10_000)
  })

  test('a consumer can be stopped while Redis is away, after what it has in hand', async () => {
    const { promise: released, resolve: release } = Promise.withResolvers<void>()
    let hasEnded = false
    const { consumer, handled } = startConsumer(redis.url, {}, async () => {
      await released
      hasEnded = true
    })
    await queue.enqueue(aQueuedJob())
    await vi.waitFor(() => expect(handled).toHaveLength(1), 5000)
    redis.process.kill('SIGKILL')
    await once(redis.process, 'exit')
    await expect(queue.depth()).rejects.toMatchObject({ code: 'queue_unavailable' })

    const stopped = consumer.stop()
    release()
    await stopped

    expect(hasEnded).toBe(true)
  })

  test('a consumer can be stopped while Redis goes away', async () => {
    const { consumer, handled } = startConsumer(redis.url)
    await queue.enqueue(aQueuedJob())
    await vi.waitFor(() => expect(handled).toHaveLength(1), 5000)
    const stopped = consumer.stop()
    redis.process.kill('SIGKILL')
    await stopped
  })

  test('a consumer can be stopped in the moment Redis has gone', async () => {
    const { consumer, handled } = startConsumer(redis.url)
    await queue.enqueue(aQueuedJob())
    await vi.waitFor(() => expect(handled).toHaveLength(1), 5000)
    redis.process.kill('SIGKILL')
    await consumer.stop()
  })
})

function startConsumer(
  redisUrl: string,
  options: { lockDurationMs?: number; stalledIntervalMs?: number } = {},
  andThen: () => Promise<void> = async () => {},
) {
  const handled: JobInHand[] = []
  const consumer = createBullmqJobConsumer({ redisUrl, name: 'test', concurrency: 1, logger, ...options })
  onTestFinished(() => consumer.stop())
  consumer.start(async (job) => {
    handled.push(job)
    await andThen()
  })
  return { consumer, handled }
}
