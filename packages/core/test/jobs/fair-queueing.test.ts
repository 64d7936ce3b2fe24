import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createBullmqJobConsumer } from '../../src/jobs/bullmq-job-consumer.ts'
import { createBullmqJobQueue } from '../../src/jobs/bullmq-job-queue.ts'
import type { JobConsumer } from '../../src/jobs/job-consumer.ts'
import type { JobQueue, QueuedJob } from '../../src/jobs/job-queue.ts'
import { createLogger } from '../../src/runtime/logger.ts'
import { withClient } from '../services/redis-client.ts'
import { startRedisServer, type TestRedis } from '../services/redis-server.ts'
import { aQueuedJob } from './queued-job.ts'

const logger = createLogger('test', { level: 'silent', pretty: false })

describe('Fair queueing on BullMQ', () => {
  let redis: TestRedis
  const queues: JobQueue[] = []
  const consumers: JobConsumer[] = []
  beforeEach(async () => {
    redis = await startRedisServer()
  })
  afterEach(async () => {
    await Promise.all(consumers.splice(0).map((consumer) => consumer.stop()))
    await Promise.all(queues.splice(0).map((queue) => queue.close()))
    await redis[Symbol.asyncDispose]()
  })

  function openQueue(options: { maxTag?: number } = {}): JobQueue {
    const queue = createBullmqJobQueue({ redisUrl: redis.url, logger, ...options })
    queues.push(queue)
    return queue
  }

  function consume(handle: (id: string, attempt: number) => Promise<void> = async () => {}): string[] {
    const handled: string[] = []
    const consumer = createBullmqJobConsumer({ redisUrl: redis.url, name: 'test', concurrency: 1, logger })
    consumers.push(consumer)
    consumer.start(async ({ id, attempt }) => {
      handled.push(id)
      await handle(id, attempt)
    })
    return handled
  }

  async function waitingOrder(): Promise<string[]> {
    return withClient(redis.url, (client) => client.zrange('{lupa}:jobs:prioritized', 0, '-1'))
  }

  async function tags(): Promise<number[]> {
    const scores = await withClient(redis.url, (client) =>
      client.zrange('{lupa}:jobs:prioritized', 0, '-1', 'WITHSCORES'),
    )
    const numbers = scores.flat().map(Number)
    return numbers.filter((number) => number >= 2 ** 32).map((score) => Math.floor(score / 2 ** 32))
  }

  test("10,000 jobs of one client come after the next client's single one, but for one", async () => {
    const queue = openQueue()
    await enqueueAll(queue, 10_000, 'ana')
    const single = aQueuedJob({ client: 'bruno' })
    await queue.enqueue(single)
    expect(await queue.position(single.id)).toBe(3)
    expect(await queue.depth()).toMatchObject({ waiting: 10_001 })
  }, 60_000)

  test('10,000 bulk jobs delay an interactive one, even of the same client, by one', async () => {
    const queue = openQueue()
    await enqueueAll(queue, 10_000, 'ana', 'bulk')
    const single = aQueuedJob({ client: 'ana' })
    await queue.enqueue(single)
    expect(await queue.position(single.id)).toBe(2)
  }, 60_000)

  test('numbers start over once, not at each end, without a change in the order', async () => {
    const [plain, renumbering] = [openQueue(), openQueue({ maxTag: 100 })]
    const rounds = Array.from({ length: 12 }, () => [
      aQueuedJob({ client: 'ana' }),
      aQueuedJob({ client: 'bruno' }),
      aQueuedJob({ client: 'bruno' }),
      aQueuedJob({ client: 'ana', priority: 'bulk' }),
    ])
    // Eight waiting all the time, the head taken each time: the clock goes on, as with consumers.
    const orders: string[][] = []
    for (const queue of [plain, renumbering]) {
      await withClient(redis.url, (client) => client.flushall())
      const taken: string[] = []
      for (const job of rounds.flat()) {
        await queue.enqueue(job)
        const waiting = await waitingOrder()
        if (waiting.length <= 8) continue
        const [head = ''] = waiting
        taken.push(head)
        await queue.remove(head)
        expect(Math.max(...(await tags()))).toBeLessThanOrEqual(queue === plain ? 1000 : 100)
      }
      orders.push([...taken, ...(await waitingOrder())])
    }
    expect(orders[1]).toEqual(orders[0])
  })

  test('a job lowered while it waits for its next attempt comes back in its turn', async () => {
    const queue = openQueue({ maxTag: 60 })
    const failing = aQueuedJob({ client: 'clara' })
    const handled = consume(async (id, attempt) => {
      if (id === failing.id && attempt === 1) throw new Error('the store is away')
      if (id !== failing.id) await new Promise((resolve) => setTimeout(resolve, 10))
    })
    await enqueueAll(queue, 40, 'ana')
    await queue.enqueue(failing)
    await vi.waitFor(async () => expect(await queue.depth()).toMatchObject({ delayed: 1 }), 5000)
    for (let round = 0; round < 10; round++) {
      await enqueueAll(queue, 20, 'ana')
      await vi.waitFor(async () => expect((await queue.depth()).waiting).toBeLessThan(30), 5000)
    }
    await vi.waitFor(() => expect(handled.filter((id) => id === failing.id)).toHaveLength(2), 10_000)
    await vi.waitFor(
      async () => expect(await queue.depth()).toMatchObject({ waiting: 0, delayed: 0 }),
      10_000,
    )
  })

  test('a job whose gateway died before it had its tag gets one when the next job comes', async () => {
    const queue = openQueue()
    const orphan = aQueuedJob({ client: 'bruno' })
    await enqueueAll(queue, 10, 'ana')
    await queue.enqueue(orphan)
    await withClient(redis.url, (client) =>
      client.zadd('{lupa}:jobs:prioritized', String((2 ** 21 - 1) * 2 ** 32 + 7), orphan.id),
    )
    await withClient(redis.url, (client) => client.hdel('{lupa}:jobs:fair:last', 'interactive bruno'))
    expect(await queue.position(orphan.id)).toBe(11)
    await queue.enqueue(aQueuedJob({ client: 'clara' }))
    expect(await queue.position(orphan.id)).toBeLessThanOrEqual(3)
  })

  test('when nothing waits and nobody works, numbers start from one', async () => {
    const queue = openQueue()
    const handled = consume()
    await enqueueAll(queue, 50, 'ana')
    await vi.waitFor(() => expect(handled).toHaveLength(50), 5000)
    await vi.waitFor(async () => expect(await queue.depth()).toMatchObject({ running: 0 }), 5000)
    await Promise.all(consumers.splice(0).map((consumer) => consumer.stop()))

    await queue.enqueue(aQueuedJob())
    expect(await tags()).toEqual([1])
  })

  test('what waited when Redis was wiped waits in fair turns again', async () => {
    const queue = openQueue()
    const jobs = [...Array.from({ length: 10 }, () => aQueuedJob()), aQueuedJob({ client: 'bruno' })]
    for (const job of jobs) await queue.enqueue(job)
    await withClient(redis.url, (client) => client.flushall())
    for (const job of jobs) await queue.enqueue(job)

    const handled = consume()
    await vi.waitFor(() => expect(handled).toHaveLength(11), 5000)
    expect(handled.indexOf(jobs.at(-1)?.id ?? '')).toBeLessThanOrEqual(2)
  })
})

async function enqueueAll(
  queue: JobQueue,
  count: number,
  client: string,
  priority: QueuedJob['priority'] = 'interactive',
): Promise<void> {
  const jobs = Array.from({ length: count }, () => aQueuedJob({ client, priority }))
  while (jobs.length > 0) await Promise.all(jobs.splice(0, 250).map((job) => queue.enqueue(job)))
}
