import type { JobRecord } from '../domain/job.ts'

/**
 * The live side of jobs: who changed, and how they look now. Everything here may be lost at any time;
 * the job store is the record.
 */
export interface JobEvents {
  /** Keeps the record hot for fast polling, then tells every listener. */
  announce(record: JobRecord): Promise<void>
  /** The record as last announced; undefined when it is not hot (any more). */
  latest(id: string): Promise<JobRecord | undefined>
  /** As `latest`, for many ids at once, in their order. */
  latestOf(ids: string[]): Promise<(JobRecord | undefined)[]>
  /** Forgets the hot copy. */
  forget(id: string): Promise<void>
  /**
   * Calls `listener` with every record announced from now on by any process, until closed. Waits for as
   * long as Redis is away; rejects when the signal aborts meanwhile. `stopped`: only with those of jobs that
   * were ended before any worker was done with them.
   */
  listen(
    listener: (id: string, readRecord: () => JobRecord) => void,
    signal?: AbortSignal,
    which?: 'all' | 'stopped',
  ): Promise<AsyncDisposable>
}
