/** Where a worker takes jobs from. */
export interface JobConsumer {
  start(handle: JobHandler): void
  /** Takes no more jobs until `resume`; those in hand go on. Either may be called at any time, and again. */
  pause(): void
  resume(): void
  /** How many jobs may be in hand at once, as soon as one of those in hand has ended. */
  setConcurrency(jobs: number): void
  /** Takes no more jobs, and resolves when those in hand have ended. */
  stop(): Promise<void>
}

/**
 * Does all there is to do for one job. Resolving takes it off the queue. Rejecting gives it back for
 * another attempt, if there is one left. Rejecting with `service_stopping`, `worker_not_ready`,
 * `store_unavailable` or `queue_unavailable` is no fault of the job: it is given back without counting as an attempt, at once
 * in the first case, after a pause in the others. `signal` aborts when the job is not this worker's any
 * more.
 */
export type JobHandler = (job: JobInHand, signal: AbortSignal) => Promise<void>

export interface JobInHand {
  id: string
  /** 1 for the first; counts every beginning, whatever became of it. */
  attempt: number
  /** How many of the attempts before this one failed and were counted. */
  failures: number
  /**
   * In how many of them the worker died, or lost touch with the queue. No end of these is foreseen: a
   * handler gives up on a job that keeps killing whoever takes it.
   */
  losses: number
  /** No other attempt follows if this one rejects. */
  isLastAttempt: boolean
  /** Where in its trace it is taken up. */
  traceparent?: string | undefined
}
