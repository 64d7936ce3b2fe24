import { openBullmqQueue } from '../jobs/bullmq-queue.ts'
import { askRedis, type RedisAddress } from '../jobs/redis-connection.ts'
import type { Logger } from '../runtime/logger.ts'
import type { WebhookNotice, WebhookQueue } from './webhook-queue.ts'

export const WEBHOOKS_QUEUE = 'webhooks'

/** Whoever delivers says when the next try is and when there is none; BullMQ only has to count. */
const UNLIMITED_TRIES = 1000

const GONE = ['completed', 'failed', 'unknown']

export function createBullmqWebhookQueue(options: RedisAddress & { logger: Logger }): WebhookQueue {
  const { queue, redis, close } = openBullmqQueue<WebhookNotice>(
    WEBHOOKS_QUEUE,
    { attempts: UNLIMITED_TRIES, backoff: { type: 'told' } },
    options,
  )

  const add = (notice: WebhookNotice) => queue.add('webhook', notice, { jobId: notice.deliveryId })

  return {
    async enqueue(notice) {
      await askRedis(redis, () => add(notice))
    },

    async enqueueNow(notice) {
      await askRedis(redis, async () => {
        // Leaves one alone whose try is being made.
        await queue.remove(notice.deliveryId)
        await add(notice)
      })
    },

    async holds(deliveryId) {
      return !GONE.includes(await askRedis(redis, () => queue.getJobState(deliveryId)))
    },

    close,
  }
}
