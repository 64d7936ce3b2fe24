import type { ImageStore } from '@lupa/core/images/image-store'
import type { JobEvents } from '@lupa/core/jobs/job-events'
import type { JobQueue } from '@lupa/core/jobs/job-queue'
import type { JobStore } from '@lupa/core/jobs/job-store'
import type { Lease } from '@lupa/core/jobs/lease'
import type { Logger } from '@lupa/core/runtime/logger'
import type { ExpireIfLate } from './expire-job.ts'

export interface ReconcileDeps {
  imageStore: ImageStore
  jobStore: JobStore
  jobQueue: JobQueue
  events: JobEvents
  expireIfLate: ExpireIfLate
  lease: Lease
  logger: Logger
  /** A younger job may still be on its way onto the queue. */
  graceMs: number
}

const PAGE = 500

/**
 * Makes the queue agree with the record: a job that was accepted and is not on the queue (Redis was
 * wiped, or a process died between the two writes) goes back under the same id; one that waited too
 * long expires; what is past its retention is erased. Runs in one process at a time.
 */
export function createReconcile(deps: ReconcileDeps) {
  return async function reconcile(): Promise<void> {
    if (!(await deps.lease.tryHold())) return
    await requeueLost(deps)
    await eraseExpired(deps)
  }
}

async function requeueLost({ jobStore, jobQueue, expireIfLate, logger, graceMs }: ReconcileDeps) {
  const now = Date.now()
  let after: { createdAt: string; id: string } | undefined
  for (;;) {
    const jobs = await jobStore.listUnfinished({ createdBefore: new Date(now - graceMs), after, limit: PAGE })
    for (const job of jobs) {
      if (await jobQueue.holds(job.id)) continue
      if (await expireIfLate(job)) continue
      logger.warn({ request_id: job.id }, 'an accepted job was not on the queue and was put back')
      await jobQueue.enqueue(job.id)
    }
    const last = jobs.at(-1)
    if (!last || jobs.length < PAGE) return
    after = { createdAt: last.created_at, id: last.id }
  }
}

async function eraseExpired({ imageStore, jobStore, events }: ReconcileDeps) {
  for (;;) {
    const jobs = await jobStore.listExpired({ now: new Date(), limit: PAGE })
    for (const { id } of jobs) {
      await imageStore.delete(id)
      await events.forget(id)
      await jobStore.delete(id)
    }
    if (jobs.length < PAGE) return
  }
}
