/** Bounds what waits: places are reserved, not counted, so that many at once cannot overrun the limit. */
export interface Admission {
  /** Takes a place for the job. Atomic over all processes. A job that has a place keeps it. */
  reserve(client: string, jobId: string): Promise<'reserved' | 'queue_full' | 'share_full'>
  /** Gives the place back: the job has ended, or was not created after all. Safe to repeat. */
  release(client: string, jobId: string): Promise<void>
  /** Places taken, of all and of one client. */
  taken(client?: string): Promise<number>
}

/** A client may hold this part of the queue. */
export const CLIENT_SHARE = 0.8
