import { type BatchCounts, type BatchRecord, countUnfinished, toCounts } from '../domain/batch.ts'
import type { DeliveryRecord } from '../domain/delivery.ts'
import type { JobRecord } from '../domain/job.ts'
import { webhookId } from '../webhooks/webhook-body.ts'
import type { WebhookQueue } from '../webhooks/webhook-queue.ts'
import type { BatchProgress } from './batch-progress.ts'
import type { BatchStore } from './batch-store.ts'
import type { DeliveryStore } from './delivery-store.ts'

export interface FinishBatchDeps {
  batches: BatchStore
  deliveries: DeliveryStore
  webhookQueue: WebhookQueue
  progress: BatchProgress
}

export interface FinishBatch {
  /** Looks, after a job has ended, whether it was the last one of its batch. */
  ofJob(record: JobRecord): Promise<void>
  /**
   * Marks a batch done when all its jobs were created and none is unfinished, and tells of it. Safe to
   * repeat: it is told of once. Resolves to the batch as it is then, and how its jobs stand.
   */
  ifOver(batch: BatchRecord, traceId?: string | null): Promise<{ batch: BatchRecord; counts: BatchCounts }>
}

export function createFinishBatch(deps: FinishBatchDeps): FinishBatch {
  const { batches, progress, webhookQueue } = deps

  async function ifOver(batch: BatchRecord, traceId?: string | null) {
    if (batch.counts) return { batch, counts: batch.counts }
    const counts = toCounts(await batches.countBatch(batch.id))
    if (!batch.complete || countUnfinished(counts) > 0) return { batch, counts }

    const finishedAt = await createDelivery(batch, deps)
    if (!(await batches.finishBatch(batch.id, { finishedAt, counts }))) {
      return { batch: (await batches.getBatch(batch.id)) ?? batch, counts }
    }
    // What is not on the queue in the end, the reconciler puts there.
    if (batch.webhook) {
      const deliveryId = webhookId(batch.id, 'batch.finished')
      await webhookQueue.enqueue({ deliveryId, triesMade: 0, traceId })
    }
    await progress.forget(batch.id).catch(() => {})
    return { batch: { ...batch, done: true, finished_at: finishedAt, counts }, counts }
  }

  return {
    ifOver,

    async ofJob({ id, batch: batchId, trace_id }) {
      if (batchId === null || !(await progress.end(batchId, id))) return
      const batch = await batches.getBatch(batchId)
      if (batch) await ifOver(batch, trace_id)
    },
  }
}

/**
 * Before the batch is marked done, as one that is done is not looked at again. Of two processes that see
 * the end at once the first one's delivery holds, so its time is the end.
 */
async function createDelivery(batch: BatchRecord, { deliveries }: FinishBatchDeps): Promise<string> {
  const finishedAt = new Date().toISOString()
  if (!batch.webhook) return finishedAt
  const delivery: DeliveryRecord = {
    id: webhookId(batch.id, 'batch.finished'),
    object: 'delivery',
    event: 'batch.finished',
    job_id: null,
    batch_id: batch.id,
    url: batch.webhook.url,
    status: 'pending',
    tries: [],
    created_at: finishedAt,
    next_try_at: finishedAt,
    client: batch.client,
    expires_at: batch.expires_at,
  }
  if (await deliveries.createDelivery(delivery)) return finishedAt
  return (await deliveries.getDelivery(delivery.id))?.created_at ?? finishedAt
}
