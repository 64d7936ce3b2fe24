/** Where the gateway leaves jobs for workers. Holds ids only: everything else is in the job store. */
export interface JobQueue {
  /** Safe to repeat: an id that is on the queue already stays where it is. Rejects with `queue_unavailable`. */
  enqueue(id: string): Promise<void>
  /** Whether a worker will still come to this id. */
  holds(id: string): Promise<boolean>
  /** Ids of the jobs that workers have in hand. */
  runningIds(): Promise<string[]>
  depth(): Promise<QueueDepth>
  close(): Promise<void>
}

export interface QueueDepth {
  waiting: number
  /** Waiting for their next attempt. */
  delayed: number
  running: number
  /** How long the oldest waiting job has waited; null when none waits. */
  oldestWaitingMs: number | null
}
