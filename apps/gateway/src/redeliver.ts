import type { DeliveryRecord } from '@lupa/core/domain/delivery'
import type { DeliveryStore } from '@lupa/core/jobs/delivery-store'
import type { WebhookQueue } from '@lupa/core/webhooks/webhook-queue'
import type { FastifyBaseLogger } from 'fastify'

/**
 * Has a delivery sent again, from the start of its schedule, as part of the trace of whoever asks for that.
 * Resolves to it as it is then.
 */
export type Redeliver = (
  delivery: DeliveryRecord,
  traceId: string,
  log: FastifyBaseLogger,
) => Promise<DeliveryRecord>

export function createRedeliver({
  deliveries,
  webhookQueue,
}: {
  deliveries: DeliveryStore
  webhookQueue: WebhookQueue
}): Redeliver {
  return async function redeliver(delivery, traceId, log) {
    const last = delivery.tries.at(-1)
    const nextTryAt = new Date().toISOString()
    // The last try once more, as it was: only what follows from it changes.
    if (last) await deliveries.recordTry(delivery.id, last, { status: 'pending', nextTryAt })
    try {
      await webhookQueue.enqueueNow({ deliveryId: delivery.id, triesMade: 0, traceId })
    } catch (err) {
      log.error(
        { err, delivery_id: delivery.id },
        'a redelivery is not queued yet; the reconciler will do it',
      )
    }
    return { ...delivery, status: 'pending', next_try_at: nextTryAt }
  }
}
