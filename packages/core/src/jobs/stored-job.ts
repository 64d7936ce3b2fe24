import { type Delivery, finishJob, type JobRecord, type Outcome } from '../domain/job.ts'

/**
 * The stored record, finished. Of `running` only what the worker alone knows is taken: the rest may have
 * changed in the store since the worker read it.
 */
export function finishStoredJob(stored: JobRecord, outcome: Outcome, running?: JobRecord): JobRecord {
  if (!running) return finishJob(stored, outcome)
  const { status, worker, attempt, started_at, timings } = running
  return finishJob({ ...stored, status, worker, attempt, started_at, timings }, outcome)
}

/** The stored record with the last try of a webhook event noted; undefined when the job has no webhook. */
export function noteDelivery(stored: JobRecord, delivery: Delivery): JobRecord | undefined {
  return stored.webhook ? { ...stored, webhook: { ...stored.webhook, last_delivery: delivery } } : undefined
}
