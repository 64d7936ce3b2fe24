import type { AuditLog } from '@lupa/core/clients/audit-log'
import type { EraseRecord } from '@lupa/core/jobs/erase-record'
import type { ErasureStore } from '@lupa/core/jobs/erasure-store'
import type { JobQueue } from '@lupa/core/jobs/job-queue'
import type { JobStore } from '@lupa/core/jobs/job-store'
import type { KeyStore } from '@lupa/core/jobs/key-store'
import type { ReconcileStep } from './reconcile.ts'

export interface EraseExpiredDeps {
  eraseRecord: EraseRecord
  jobStore: JobStore & KeyStore & AuditLog & ErasureStore
  jobQueue: JobQueue
}

const PAGE = 500

/** Erases what is past its retention: jobs and all that came of them; idempotency keys; the audit log. */
export function createEraseExpired({ eraseRecord, jobStore, jobQueue }: EraseExpiredDeps): ReconcileStep {
  return {
    name: 'erase expired',
    async run(keepLease) {
      await jobStore.sweepKeys(new Date())
      await jobStore.sweepAuditRecords(new Date())
      await jobStore.sweepErasures(new Date())
      for (;;) {
        const jobs = await jobStore.listExpired({ now: new Date(), limit: PAGE })
        for (const job of jobs) {
          if (!job.done) await jobQueue.remove(job.id)
          await eraseRecord(job)
        }
        if (jobs.length < PAGE) return
        await keepLease()
      }
    },
  }
}
