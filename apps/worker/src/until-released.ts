import type { JobHandler } from '@lupa/core/jobs/job-consumer'

/** Runs a handler until its time is over: when `released` aborts, whatever is in hand is given back at once. */
export function untilReleased(handle: JobHandler, released: AbortSignal): JobHandler {
  return (job, signal) => handle(job, AbortSignal.any([signal, released]))
}
