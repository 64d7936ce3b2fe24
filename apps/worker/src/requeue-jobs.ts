import type { JobRecord } from '@lupa/core/domain/job'
import type { JobQueue } from '@lupa/core/jobs/job-queue'
import type { JobStore } from '@lupa/core/jobs/job-store'
import type { Logger } from '@lupa/core/runtime/logger'
import type { ExpireIfLate } from './expire-job.ts'
import type { ReconcileStep } from './reconcile.ts'

export interface RequeueJobsDeps {
  jobStore: JobStore
  jobQueue: JobQueue
  expireIfLate: ExpireIfLate
  logger: Logger
  /** A younger job may still be on its way onto the queue. */
  graceMs: number
}

const PAGE = 500

/**
 * An accepted job that is not on the queue (Redis was wiped, or a process died between the two writes)
 * goes back under the same id; one that has waited too long expires. Its place among the waiting comes
 * with the queue entry, so nothing is reserved here, and the bounds on new jobs hold again at once.
 */
export function createRequeueJobs(deps: RequeueJobsDeps): ReconcileStep {
  const { jobStore, graceMs } = deps
  return {
    name: 'requeue jobs',
    async run(keepLease) {
      const createdBefore = new Date(Date.now() - graceMs)
      let after: { createdAt: string; id: string } | undefined
      for (;;) {
        const jobs = await jobStore.listUnfinished({ createdBefore, after, limit: PAGE })
        await requeuePage(jobs, deps)
        const last = jobs.at(-1)
        if (!last || jobs.length < PAGE) return
        after = { createdAt: last.created_at, id: last.id }
        await keepLease()
      }
    },
  }
}

async function requeuePage(jobs: JobRecord[], { jobQueue, expireIfLate, logger }: RequeueJobsDeps) {
  const inHand = new Set(await jobQueue.runningIds())
  const held = await Promise.all(jobs.map(async ({ id }) => inHand.has(id) || jobQueue.holds(id)))
  for (const [at, job] of jobs.entries()) {
    // Whoever has it in hand minds its deadline, and it has been waiting long enough to have its turn.
    if (inHand.has(job.id)) continue
    if (await expireIfLate(job)) {
      await jobQueue.remove(job.id)
      continue
    }
    if (held[at]) continue
    logger.warn(
      { request_id: job.id, trace_id: job.trace_id },
      'an accepted job was not on the queue and was put back',
    )
    await jobQueue.enqueue(job)
  }
}
