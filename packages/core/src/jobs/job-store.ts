import type { Delivery, JobRecord, JobStatus, Outcome } from '../domain/job.ts'

/** The record: what is here was accepted, and what it says is true. */
export interface JobStore {
  /** Resolves to false when a job of this id exists already; it is left as it is. */
  create(record: JobRecord): Promise<boolean>

  get(id: string): Promise<JobRecord | undefined>

  /**
   * Writes how a job ended, once: the first outcome wins. `running` carries what only the worker knows
   * (who, which attempt, since when); without it the stored record is finished as it is.
   *
   * Resolves to the record as it is stored afterwards, and whether this outcome was the one accepted;
   * to undefined when there is no such job.
   */
  finish(
    id: string,
    outcome: Outcome,
    running?: JobRecord,
  ): Promise<{ record: JobRecord; accepted: boolean } | undefined>

  /**
   * Newest first. `before` is the last job of the page before. Lists leave out what only re-filtering
   * needs: there, `stored_prediction` is null.
   */
  list(query: JobQuery): Promise<JobRecord[]>

  /**
   * Jobs accepted before `createdBefore` that have not ended, oldest first. `after` is the last job of the
   * page before.
   */
  listUnfinished(query: {
    createdBefore: Date
    after?: { createdAt: string; id: string } | undefined
    limit: number
  }): Promise<JobRecord[]>

  /** Jobs that have not ended and whose `deadline_at` is past, oldest deadline first. */
  listPastDeadline(query: { now: Date; limit: number }): Promise<JobRecord[]>

  /** Jobs of all clients that failed for good and were not replayed, newest first. `before` as in `list`. */
  listDead(query: {
    before?: { createdAt: string; id: string } | undefined
    limit: number
  }): Promise<JobRecord[]>

  /** Jobs of all clients that succeeded with a model, whatever its version, newest first. For tools that measure models. */
  listSucceeded(query: { model: string; limit: number }): Promise<JobRecord[]>

  /** Takes a job off the list of the dead; its outcome stays as it is. Resolves to false when it was not on it. */
  dismissDead(id: string): Promise<boolean>

  /** Jobs whose `expires_at` is past, oldest first. */
  listExpired(query: { now: Date; limit: number }): Promise<JobRecord[]>

  /** Notes the last try of a webhook event in its job. Nothing else of a finished job ever changes. */
  recordDelivery(id: string, delivery: Delivery): Promise<void>

  /** Its deliveries go with it. Idempotency keys stay until they expire: a repeated one runs nothing again. */
  delete(id: string): Promise<void>

  /** Rejects with `store_unavailable` when the store cannot be used. */
  check(): Promise<void>

  close(): Promise<void>
}

export interface JobQuery {
  client: string
  limit: number
  before?: { createdAt: string; id: string } | undefined
  status?: JobStatus | undefined
  /** The model's name. */
  model?: string | undefined
  tag?: string | undefined
  batch?: string | undefined
  /** Written as `created_at` is, to the millisecond; both ends are left out. */
  createdAfter?: string | undefined
  createdBefore?: string | undefined
}
