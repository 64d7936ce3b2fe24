import type { JobQueue } from '@lupa/core/jobs/job-queue'
import type { JobStore } from '@lupa/core/jobs/job-store'
import type { ExpireIfLate } from './expire-job.ts'
import type { ReconcileStep } from './reconcile.ts'

export interface ExpireOverdueDeps {
  jobStore: JobStore
  jobQueue: JobQueue
  expireIfLate: ExpireIfLate
  /** A worker that has the job in hand ends it at its deadline, and knows more of it: it has this long. */
  graceMs?: number
}

const PAGE = 500

/** Ends the waiting jobs whose deadline is past. */
export function createExpireOverdue(deps: ExpireOverdueDeps): ReconcileStep {
  const { jobStore, jobQueue, expireIfLate, graceMs = 1000 } = deps
  return {
    name: 'expire overdue jobs',
    async run(keepLease) {
      for (;;) {
        const jobs = await jobStore.listPastDeadline({ now: new Date(Date.now() - graceMs), limit: PAGE })
        for (const job of jobs) {
          await expireIfLate(job)
          await jobQueue.remove(job.id)
        }
        if (jobs.length < PAGE) return
        await keepLease()
      }
    },
  }
}
