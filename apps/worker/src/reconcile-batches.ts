import { type BatchRecord, countAll, toCounts } from '@lupa/core/domain/batch'
import type { BatchStore } from '@lupa/core/jobs/batch-store'
import type { FinishBatch } from '@lupa/core/jobs/finish-batch'
import type { KeyStore } from '@lupa/core/jobs/key-store'
import type { Logger } from '@lupa/core/runtime/logger'

export interface ReconcileBatchesDeps {
  batches: BatchStore
  keys: Pick<KeyStore, 'noteErased'>
  finishBatch: FinishBatch
  logger: Logger
  /** A younger batch is looked after by those who work on it. */
  graceMs: number
  /** Until then a gateway may still be making its jobs. */
  makingMs?: number
}

const PAGE = 2000
const MAKING_MS = 5 * 60_000

/**
 * Ends the batches that nobody ended: Redis was wiped, or a process died between the last job and its
 * batch. One whose gateway died before all its jobs were created ends with those it has. What is past its
 * time is erased; its jobs expire like any others.
 */
export function createReconcileBatches(deps: ReconcileBatchesDeps) {
  const { batches, keys, finishBatch, logger, graceMs, makingMs = MAKING_MS } = deps

  async function complete(batch: BatchRecord): Promise<void> {
    const total = countAll(toCounts(await batches.countBatch(batch.id)))
    logger.warn({ batch: batch.id, total, expected: batch.total }, 'a batch was never completed')
    // Nobody was told of it, and there is nothing to tell.
    if (total === 0) return batches.deleteBatch(batch.id)
    await batches.completeBatch(batch.id, batch.refused, total)
    await finishBatch.ifOver({ ...batch, complete: true, total })
  }

  return async function reconcileBatches(): Promise<void> {
    const now = Date.now()
    const createdBefore = new Date(now - graceMs)
    for (const batch of await batches.listUnfinishedBatches({ createdBefore, limit: PAGE })) {
      if (batch.complete) await finishBatch.ifOver(batch)
      else if (now - Date.parse(batch.created_at) > makingMs) await complete(batch)
    }
    for (const { id } of await batches.listExpiredBatches({ now: new Date(), limit: PAGE })) {
      await keys.noteErased(id)
      await batches.deleteBatch(id)
    }
  }
}
