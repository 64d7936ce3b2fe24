/** Where a worker takes jobs from. */
export interface JobConsumer {
  start(handle: JobHandler): void
  /** Takes no more jobs, and resolves when those in hand have ended. */
  stop(): Promise<void>
}

/**
 * Does all there is to do for one job. Resolving takes it off the queue. Rejecting gives it back for
 * another attempt, if there is one left. `signal` aborts when the job is not this worker's any more.
 */
export type JobHandler = (job: JobInHand, signal: AbortSignal) => Promise<void>

export interface JobInHand {
  id: string
  /**
   * 1 for the first. Also counts attempts whose worker died, of which no end is foreseen: a handler gives
   * up on a job that keeps killing whoever takes it.
   */
  attempt: number
  /** No other attempt follows if this one rejects. */
  isLastAttempt: boolean
}
