import { setTimeout as sleep } from 'node:timers/promises'
import { type Batch, type BatchCounts, type BatchRecord, toBatch } from '@lupa/core/domain/batch'
import { LupaError } from '@lupa/core/domain/errors'
import { JobId } from '@lupa/core/domain/ids'
import type { JobRecord } from '@lupa/core/domain/job'
import type { BatchStore } from '@lupa/core/jobs/batch-store'
import type { FinishBatch } from '@lupa/core/jobs/finish-batch'
import type { JobEvents } from '@lupa/core/jobs/job-events'
import type { JobQueue } from '@lupa/core/jobs/job-queue'
import type { JobStore } from '@lupa/core/jobs/job-store'

export interface BatchReader {
  /** Rejects with `batch_not_found`, in the same words whether it is missing or another client's. */
  readOwn(id: string, client: string): Promise<BatchRecord>
  /** As its client sees it, with its jobs counted. */
  view(batch: BatchRecord): Promise<Batch>
  /** The batch once it is done, or as it is when the time is up, the signal aborts, or the service stops. */
  untilDone(batch: BatchRecord, options: { timeoutMs: number; signal: AbortSignal }): Promise<BatchRecord>
  /** Its jobs, the newest first, a page at a time; without predictions that are too many for a list. */
  jobsOf(batch: BatchRecord, status?: JobRecord['status']): AsyncGenerator<JobRecord[]>
}

export interface BatchReaderDeps {
  batches: BatchStore
  jobStore: JobStore
  jobQueue: JobQueue
  jobEvents: JobEvents
  finishBatch: FinishBatch
  /** Aborts when the service stops. */
  stopping: AbortSignal
}

const FIRST_POLL_MS = 100
const SLOWEST_POLL_MS = 1000
const PAGE = 100

export function createBatchReader(deps: BatchReaderDeps): BatchReader {
  const { batches, jobStore, finishBatch, stopping } = deps

  return {
    async readOwn(id, client) {
      const batch = JobId.safeParse(id).success ? await batches.getBatch(id) : undefined
      if (!batch || batch.client !== client) {
        throw new LupaError(
          'batch_not_found',
          'You have no batch of this id. A batch is erased some time after it was made: see its `expires_at`.',
        )
      }
      return batch
    },

    async view(batch) {
      const { batch: now, counts } = await finishBatch.ifOver(batch)
      if (now.done) return toBatch(now, counts)
      const running = await countRunning(batch, deps).catch(() => 0)
      return toBatch(now, withRunning(counts, running))
    },

    async untilDone(batch, { timeoutMs, signal }) {
      const over = AbortSignal.any([signal, stopping, AbortSignal.timeout(timeoutMs)])
      let latest = batch
      let pauseMs = FIRST_POLL_MS
      while (!latest.done && !over.aborted) {
        await sleep(pauseMs, undefined, { signal: over }).catch(() => {})
        pauseMs = Math.min(pauseMs * 2, SLOWEST_POLL_MS)
        latest = (await batches.getBatch(batch.id)) ?? latest
      }
      return latest
    },

    async *jobsOf({ id, client }, status) {
      let before: { createdAt: string; id: string } | undefined
      for (;;) {
        const page = await jobStore.list({ client, batch: id, status, before, limit: PAGE })
        if (page.length > 0) yield page
        const last = page.at(-1)
        if (!last || page.length < PAGE) return
        before = { createdAt: last.created_at, id: last.id }
      }
    },
  }
}

/** That a job runs is not written to the store: only Redis knows. */
async function countRunning({ id }: BatchRecord, { jobQueue, jobEvents }: BatchReaderDeps): Promise<number> {
  const records = await jobEvents.latestOf(await jobQueue.runningIds())
  return records.filter((record) => record?.batch === id && record.status === 'running').length
}

function withRunning(counts: BatchCounts, running: number): BatchCounts {
  const known = Math.min(running, counts.queued)
  return { ...counts, queued: counts.queued - known, running: counts.running + known }
}
