import { LupaError } from '../domain/errors.ts'
import type { JobRecord } from '../domain/job.ts'
import type { JobQueue } from './job-queue.ts'
import type { JobStore } from './job-store.ts'
import type { TellOutcome } from './tell-outcome.ts'

/**
 * Ends a job as canceled, unless it has ended already: then it stays as it is. Resolves to the job as it
 * ended, or to undefined when it was erased meanwhile. A worker that has it in hand hears of it and stops; what it still brings is refused.
 */
export type CancelJob = (record: JobRecord, log: ErrorLog) => Promise<JobRecord | undefined>

/** Of a request, or of a process. */
export interface ErrorLog {
  error(facts: object, message: string): void
}

export interface CancelJobDeps {
  jobStore: JobStore
  jobQueue: JobQueue
  tellOutcome: TellOutcome
}

export function createCancelJob({ jobStore, jobQueue, tellOutcome }: CancelJobDeps): CancelJob {
  return async function cancelJob(record, log) {
    if (record.done) return record
    const error = new LupaError('canceled', 'Its client canceled it.')
    const running = record.status === 'running' ? record : undefined
    const ended = await jobStore.finish(record.id, { status: 'canceled', at: new Date(), error }, running)
    if (!ended) return undefined
    if (ended.accepted) await tell(ended.record, log)
    return ended.record
  }

  /** Told first, then taken off the queue: while it is there, a worker will tell of what could not be told. */
  async function tell(record: JobRecord, log: ErrorLog): Promise<void> {
    try {
      await tellOutcome(record)
      await jobQueue.remove(record.id)
    } catch (err) {
      log.error({ err, job_id: record.id }, 'a canceled job is not told of yet')
    }
  }
}
