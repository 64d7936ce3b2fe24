import { FORMATS, type FormatName, formatsOf } from '@lupa/core/formats/formats'
import type { PredictedJob } from '@lupa/core/formats/predicted-job'
import { UsageError } from '../command-error.ts'
import type { Job } from '../library/wire-types.ts'

/** A job that succeeded, in another shape. Throws where a prediction of its kind has no such shape. */
export function formatJob(job: Job, name: FormatName): string {
  const { task } = job.model
  if (formatsOf(task).includes(name)) return FORMATS[name].write(job as PredictedJob, {})
  throw new UsageError(
    `What a model for ${task} predicts cannot be written as ${name}; it can as ${formatsOf(task).join(', ')}.`,
  )
}
