import { openBullmqQueue } from '../jobs/bullmq-queue.ts'
import { askRedis } from '../jobs/redis-connection.ts'
import type { Logger } from '../runtime/logger.ts'
import { webhookId } from './webhook-body.ts'
import type { WebhookNotice, WebhookQueue } from './webhook-queue.ts'

export const WEBHOOKS_QUEUE = 'webhooks'

/** Whoever delivers says when the next try is and when there is none; BullMQ only has to count. */
const UNLIMITED_TRIES = 1000

export function createBullmqWebhookQueue(options: { redisUrl: string; logger: Logger }): WebhookQueue {
  const { queue, redis, close } = openBullmqQueue<WebhookNotice>(
    WEBHOOKS_QUEUE,
    { attempts: UNLIMITED_TRIES, backoff: { type: 'told' } },
    options,
  )

  return {
    async enqueue(notice) {
      const { jobId, event } = notice
      await askRedis(redis, () => queue.add('webhook', { jobId, event }, { jobId: webhookId(jobId, event) }))
    },

    close,
  }
}
