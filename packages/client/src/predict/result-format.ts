import type { Job } from '../library/wire-types.ts'

/** A shape that a prediction is saved in. */
export interface ResultFormat {
  /** Of its files. */
  ending: string
  write: (job: Job) => string
}

export const RESULT_FORMATS = {
  native: { ending: 'json', write: (job) => `${JSON.stringify(job, null, 2)}\n` },
} satisfies Record<string, ResultFormat>

export type ResultFormatName = keyof typeof RESULT_FORMATS
