/** Which workers are alive and what they can run. May be lost at any time; every beat rebuilds it. */
export interface WorkerRegistry {
  /** Says that this worker lives; forgotten if not repeated within `WORKER_TTL_MS`. */
  beat(report: WorkerReport): Promise<void>
  leave(worker: string): Promise<void>
  list(): Promise<WorkerReport[]>
}

export interface WorkerReport {
  worker: string
  slots: number
  busy: number
  models: ModelState[]
}

/** How a model fares in a worker's children. */
export interface ModelState {
  name: string
  version: string
  digest: string
  /** Null: loaded and warm. Otherwise why it cannot be served. */
  failure: string | null
}

export const WORKER_TTL_MS = 15_000
