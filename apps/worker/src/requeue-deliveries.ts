import type { DeliveryRecord } from '@lupa/core/domain/delivery'
import type { DeliveryStore } from '@lupa/core/jobs/delivery-store'
import type { JobStore } from '@lupa/core/jobs/job-store'
import type { Logger } from '@lupa/core/runtime/logger'
import type { WebhookQueue } from '@lupa/core/webhooks/webhook-queue'

export interface RequeueDeliveriesDeps {
  deliveries: Pick<DeliveryStore, 'listDueDeliveries'>
  jobs: Pick<JobStore, 'get'>
  webhookQueue: Pick<WebhookQueue, 'enqueue' | 'holds'>
  logger: Logger
  /** One that is overdue by less may still be on its way. */
  graceMs: number
}

const PAGE = 500

/**
 * Puts deliveries back on the webhook queue whose next try is overdue and which no sender will come to:
 * Redis was wiped, or a process died between writing them and queueing them.
 */
export function createRequeueDeliveries(deps: RequeueDeliveriesDeps) {
  const { deliveries, jobs, webhookQueue, logger, graceMs } = deps

  return async function requeueDeliveries(): Promise<void> {
    const dueBefore = new Date(Date.now() - graceMs)
    let after: { nextTryAt: string; id: string } | undefined
    for (;;) {
      const due = await deliveries.listDueDeliveries({ dueBefore, after, limit: PAGE })
      for (const delivery of due) {
        if (await webhookQueue.holds(delivery.id)) continue
        const job = delivery.job_id === null ? undefined : await jobs.get(delivery.job_id)
        const { trace_id: traceId, traceparent } = job ?? {}
        logger.warn(
          { delivery_id: delivery.id, trace_id: traceId },
          'a webhook delivery was not on its queue and was put back',
        )
        await webhookQueue.enqueue({
          deliveryId: delivery.id,
          triesMade: triesMade(delivery),
          traceId,
          traceparent,
        })
      }
      const last = due.at(-1)
      if (!last || due.length < PAGE) return
      after = { nextTryAt: last.next_try_at ?? last.created_at, id: last.id }
    }
  }
}

/** Of its schedule: one that is to be delivered again begins it anew. */
function triesMade({ status, tries }: DeliveryRecord): number {
  return status === 'retrying' ? (tries.at(-1)?.place ?? 0) : 0
}
