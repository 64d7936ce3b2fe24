import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { newJobId } from '../../src/domain/ids.ts'
import { createLogger } from '../../src/runtime/logger.ts'
import { createBullmqWebhookConsumer } from '../../src/webhooks/bullmq-webhook-consumer.ts'
import { createBullmqWebhookQueue } from '../../src/webhooks/bullmq-webhook-queue.ts'
import type { WebhookConsumer } from '../../src/webhooks/webhook-queue.ts'
import { describeWebhookQueue } from '../contracts/webhook-queue.ts'
import { openRedisSession } from '../jobs/redis-session.ts'

const DOOMED_CONSUMER = new URL('./webhook-consumer-process.ts', import.meta.url).pathname

describeWebhookQueue('BullMQ webhook queue', async () => {
  const session = await openRedisSession()
  const { url: redisUrl, logger } = session
  const queue = createBullmqWebhookQueue({ redisUrl, logger })
  const consumers: WebhookConsumer[] = []
  return {
    queue,
    openConsumer(options = {}) {
      const consumer = createBullmqWebhookConsumer({
        redisUrl,
        name: 'test',
        logger,
        troubleDelayMs: 100,
        ...options,
      })
      consumers.push(consumer)
      return consumer
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(consumers.map((consumer) => consumer.stop()))
      await queue.close()
      await session[Symbol.asyncDispose]()
    },
  }
})

describe('BullMQ webhook queue under faults', () => {
  test('a sender that was killed in a try leaves that same try to another', async () => {
    await using session = await openRedisSession()
    const { url: redisUrl } = session
    const lines: Record<string, unknown>[] = []
    const logger = createLogger(
      'test',
      { level: 'warn', pretty: false },
      { write: (line) => void lines.push(JSON.parse(line)) },
    )
    const queue = createBullmqWebhookQueue({ redisUrl, logger })
    onTestFinished(() => queue.close())
    const notice = { deliveryId: newJobId(), triesMade: 0 }
    await queue.enqueue(notice)
    const doomed = spawn(process.execPath, [DOOMED_CONSUMER, redisUrl], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    onTestFinished(() => void doomed.kill('SIGKILL'))
    const [said] = await once(doomed.stdout, 'data')
    expect(String(said)).toBe('2\n')
    doomed.kill('SIGKILL')

    const tries: unknown[] = []
    const heir = createBullmqWebhookConsumer({
      redisUrl,
      name: 'heir',
      logger,
      lockDurationMs: 2000,
      stalledIntervalMs: 1000,
      traceIdOf: async (id) => `the trace of ${id}`,
    })
    onTestFinished(() => heir.stop())
    heir.start(async (tried, tryNumber) => {
      tries.push([tried, tryNumber])
      return undefined
    })
    await vi.waitFor(() => expect(tries).toEqual([[notice, 2]]), 10_000)
    await vi.waitFor(() =>
      expect(lines).toContainEqual(
        expect.objectContaining({
          msg: 'Another worker died with this in hand; it starts again',
          trace_id: `the trace of ${notice.deliveryId}`,
        }),
      ),
    )
    await heir.stop()
  })

  test('a try that cannot be made is told with the trace of its job', async () => {
    await using session = await openRedisSession()
    const lines: Record<string, unknown>[] = []
    const logger = createLogger(
      'test',
      { level: 'error', pretty: false },
      { write: (line) => void lines.push(JSON.parse(line)) },
    )
    const queue = createBullmqWebhookQueue({ redisUrl: session.url, logger })
    onTestFinished(() => queue.close())
    const consumer = createBullmqWebhookConsumer({ redisUrl: session.url, name: 'test', logger })
    onTestFinished(() => consumer.stop())
    consumer.start(() => Promise.reject(new Error('The store is away.')))
    await queue.enqueue({ deliveryId: newJobId(), triesMade: 0, traceId: 'a-trace' })
    await vi.waitFor(() => expect(lines).toMatchObject([{ trace_id: 'a-trace', try: 1 }]), 10_000)
  })

  test('while Redis is away, enqueue rejects at once', async () => {
    await using session = await openRedisSession()
    const { url: redisUrl, logger } = session
    const queue = createBullmqWebhookQueue({ redisUrl, logger })
    onTestFinished(() => queue.close())
    await session.kill()
    await expect(queue.enqueue({ deliveryId: newJobId(), triesMade: 0 })).rejects.toMatchObject({
      code: 'queue_unavailable',
    })
  })
})
