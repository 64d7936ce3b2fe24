import type { JobEvents } from '@lupa/core/jobs/job-events'
import type { RecordStore } from '@lupa/core/jobs/record-store'
import type { Logger } from '@lupa/core/runtime/logger'
import { createBullmqWebhookConsumer } from '@lupa/core/webhooks/bullmq-webhook-consumer'
import { createGuardedAgent } from '@lupa/core/webhooks/guarded-agent'
import { createDeliverWebhook } from '../src/deliver-webhook.ts'
import { createHostTurns } from '../src/host-turns.ts'

const eraseNothing = async () => {}

export interface SenderOptions {
  redisUrl: string
  store: RecordStore
  events: JobEvents
  logger: Logger
}

/** Sends webhooks as a worker does, in a hurry: retries follow after a tenth of a second, and never end. */
export function startSender({ redisUrl, store, events, logger }: SenderOptions): AsyncDisposable {
  const dispatcher = createGuardedAgent({ allow: [], allowLoopback: true })
  const consumer = createBullmqWebhookConsumer({
    redisUrl,
    name: 'sender',
    logger,
    lockDurationMs: 2000,
    stalledIntervalMs: 1000,
  })
  const stores = { jobs: store, batches: store, deliveries: store }
  const hostTurns = createHostTurns()
  consumer.start(
    createDeliverWebhook({
      ...stores,
      events,
      eraseRecord: eraseNothing,
      hostTurns,
      dispatcher,
      timeoutMs: 3000,
      delayMs: () => 100,
    }),
  )
  return {
    async [Symbol.asyncDispose]() {
      await consumer.stop()
      await dispatcher.destroy()
    },
  }
}
