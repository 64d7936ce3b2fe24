import type { PredictedJob } from './predicted-job.ts'

/** The job itself. */
export function toNative(job: PredictedJob): string {
  return JSON.stringify(job)
}
