import type { Inbox } from '@lupa/core/inbox/inbox'
import { writeInboxResult } from '@lupa/core/inbox/write-inbox-result'
import type { JobStore } from '@lupa/core/jobs/job-store'
import type { ReconcileStep } from './reconcile.ts'

export interface WriteOwedResultsDeps {
  inbox: Inbox
  jobStore: Pick<JobStore, 'get'>
}

/**
 * Writes results that are still owed to the inbox although their jobs have ended: Blob Storage was away, or
 * a process died, when they did. Nothing is owed for a job that was erased.
 */
export function createWriteOwedResults({ inbox, jobStore }: WriteOwedResultsDeps): ReconcileStep {
  return {
    name: 'write owed results',
    async run(keepLease) {
      let after: string | undefined
      do {
        const page = await inbox.listOwed({ after })
        for (const jobId of page.jobIds) {
          const record = await jobStore.get(jobId)
          if (!record) await inbox.settle(jobId)
          else if (record.done) await writeInboxResult(inbox, record)
        }
        after = page.next
        if (after) await keepLease()
      } while (after)
    },
  }
}
