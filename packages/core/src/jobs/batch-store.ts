import type { Batch, BatchRecord } from '../domain/batch.ts'
import type { JobStatus } from '../domain/job.ts'

export interface BatchStore {
  /** Resolves to false when there is one of this id already. */
  createBatch(batch: BatchRecord): Promise<boolean>
  getBatch(id: string): Promise<BatchRecord | undefined>
  /** All its jobs are there now. */
  completeBatch(id: string, refused: BatchRecord['refused'], total: number): Promise<void>
  /** Marks it done, once: resolves to true for the one call that did. */
  finishBatch(id: string, end: { finishedAt: string; counts: Batch['counts'] }): Promise<boolean>
  /** How many of its jobs have each status, as the store knows it (`running` counts as `queued`). */
  countBatch(id: string): Promise<Partial<Record<JobStatus, number>>>
  /** Batches that are not done, complete or not, oldest first: the reconciler looks whether they are by now. */
  listUnfinishedBatches(query: { createdBefore: Date; limit: number }): Promise<BatchRecord[]>
  /** Batches whose `expires_at` is past, oldest first. */
  listExpiredBatches(query: { now: Date; limit: number }): Promise<BatchRecord[]>
  deleteBatch(id: string): Promise<void>
}
