import type { JobRecord } from '../domain/job.ts'

/**
 * Jobs answered from the cache, on their way into the job store. The client has its answer already;
 * a worker writes the record and the image behind.
 */
export interface AnsweredLog {
  /** From then on the job can be read, hot, and has no place on the queue any more. */
  append(job: AnsweredJob): Promise<void>
  /**
   * Hands over jobs in batches until the signal aborts. A batch is taken off the log when `handle`
   * resolves, and comes again, to any process, when it rejects or its process dies.
   */
  consume(handle: (jobs: AnsweredJob[]) => Promise<void>, signal: AbortSignal): Promise<void>
}

export interface AnsweredJob {
  record: JobRecord
  /** Whose stored image is the same picture. */
  imageOf: string
}
