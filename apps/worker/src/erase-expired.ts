import type { AuditLog } from '@lupa/core/clients/audit-log'
import type { ImageStore } from '@lupa/core/images/image-store'
import type { JobEvents } from '@lupa/core/jobs/job-events'
import type { JobQueue } from '@lupa/core/jobs/job-queue'
import type { JobStore } from '@lupa/core/jobs/job-store'
import type { KeyStore } from '@lupa/core/jobs/key-store'
import type { ReconcileStep } from './reconcile.ts'

export interface EraseExpiredDeps {
  imageStore: ImageStore
  jobStore: JobStore & KeyStore & AuditLog
  jobQueue: JobQueue
  events: JobEvents
}

const PAGE = 500

/** Erases what is past its retention: jobs, image before record; idempotency keys; the audit log. */
export function createEraseExpired({
  imageStore,
  jobStore,
  jobQueue,
  events,
}: EraseExpiredDeps): ReconcileStep {
  return {
    name: 'erase expired',
    async run(keepLease) {
      await jobStore.sweepKeys(new Date())
      await jobStore.sweepAuditRecords(new Date())
      for (;;) {
        const jobs = await jobStore.listExpired({ now: new Date(), limit: PAGE })
        for (const { id, done } of jobs) {
          if (!done) await jobQueue.remove(id)
          await imageStore.delete(id)
          await events.forget(id)
          await jobStore.noteErased(id)
          await jobStore.delete(id)
        }
        if (jobs.length < PAGE) return
        await keepLease()
      }
    },
  }
}
