import { DelayedError, type Job } from 'bullmq'
import { type BullmqWorker, type BullmqWorkerOptions, startBullmqWorker } from '../jobs/bullmq-worker.ts'
import type { Logger } from '../runtime/logger.ts'
import { WEBHOOKS_QUEUE } from './bullmq-webhook-queue.ts'
import type { DeliverWebhook, NextTry, WebhookConsumer, WebhookNotice } from './webhook-queue.ts'

/** How long to wait when a try could not even be made, because the job store is away for instance. */
const TROUBLE_DELAY_MS = 10_000

export interface BullmqWebhookConsumerOptions extends Omit<BullmqWorkerOptions, 'concurrency'> {
  /** Tries at a time; they wait for receivers most of the time. */
  concurrency?: number
  troubleDelayMs?: number
}

export function createBullmqWebhookConsumer(options: BullmqWebhookConsumerOptions): WebhookConsumer {
  const { logger, concurrency = 64, troubleDelayMs = TROUBLE_DELAY_MS } = options
  let worker: BullmqWorker | undefined

  return {
    start(deliver) {
      if (worker) throw new Error('This consumer of webhooks has been started already')
      worker = startBullmqWorker<WebhookNotice>(
        WEBHOOKS_QUEUE,
        (job, signal) => makeTry(job, signal, { deliver, logger, troubleDelayMs }),
        { ...options, concurrency },
        {
          backoffStrategy: (_triesMade, _type, error) =>
            error instanceof TryMade ? error.retryInMs : troubleDelayMs,
        },
      )
    },

    async stop() {
      await worker?.stop()
    },
  }
}

/** Tells BullMQ, which counts a rejection as a try made, when the next one is. */
class TryMade extends Error {
  override readonly name = 'TryMade'
  readonly retryInMs: number

  constructor(retryInMs: number) {
    super(`The next try is in ${retryInMs} ms`)
    this.retryInMs = retryInMs
  }
}

interface TryOptions {
  deliver: DeliverWebhook
  logger: Logger
  troubleDelayMs: number
}

/**
 * A try counts once it was made to its end: one that its process did not survive, or that could not be
 * made, comes again under the same number.
 */
async function makeTry(job: Job<WebhookNotice>, signal: AbortSignal, options: TryOptions): Promise<void> {
  const { deliver, logger, troubleDelayMs } = options
  const tryNumber = job.data.triesMade + job.attemptsMade + 1
  let next: NextTry | undefined
  try {
    next = await deliver(job.data, tryNumber, signal)
  } catch (error) {
    logger.error(
      { err: error, delivery_id: job.data.deliveryId, trace_id: job.data.traceId, try: tryNumber },
      'A webhook try could not be made; it is put off',
    )
    next = { putOffByMs: troubleDelayMs }
  }
  if (!next) return
  if ('retryInMs' in next) throw new TryMade(Math.max(0, Math.round(next.retryInMs)))
  await job.moveToDelayed(Date.now() + Math.max(1, Math.round(next.putOffByMs)), job.token)
  throw new DelayedError()
}
