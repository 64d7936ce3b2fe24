import type { Priority } from '../domain/job.ts'

/** Where the gateway leaves jobs for workers. Holds ids, and where in its trace each job is: everything else is in the job store. */
export interface JobQueue {
  /**
   * Resolves to where it waits; undefined when a worker has taken it. Safe to repeat: an id that is on the queue
   * already stays where it is. Rejects with `queue_unavailable`.
   */
  enqueue(job: QueuedJob): Promise<WaitingPlace | undefined>
  /** Takes a waiting job off. False when it is not there, or in a worker's hands already. */
  remove(id: string): Promise<boolean>
  /** How many waiting jobs will be taken up to this one; undefined when it does not wait. */
  position(id: string): Promise<number | undefined>
  /** Whether a worker will still come to this id. */
  holds(id: string): Promise<boolean>
  /** Ids of the jobs that workers have in hand. */
  runningIds(): Promise<string[]>
  depth(): Promise<QueueDepth>
  close(): Promise<void>
}

export interface QueuedJob {
  id: string
  /** Waiting jobs are taken in fair turns between clients, */
  client: string
  /** and `interactive` ones before `bulk` ones, without starving these. */
  priority: Priority
  /** What a worker goes on from, where jobs are traced. */
  traceparent?: string | undefined
}

export interface WaitingPlace {
  /** How many waiting jobs will be taken up to this one. */
  position: number
  /** How many jobs workers have in hand. */
  running: number
}

export interface QueueDepth {
  waiting: number
  /** Waiting for their next attempt. */
  delayed: number
  running: number
  /** How long the oldest waiting job has waited; null when none waits. */
  oldestWaitingMs: number | null
}
