import { z } from 'zod'
import { JobStatus } from './job.ts'

export const BatchEvent = z.enum(['batch.finished'])
export type BatchEvent = z.output<typeof BatchEvent>

/** Many images under one id. Its jobs are jobs like any other, and carry its id. */
export const Batch = z
  .object({
    id: z.string(),
    object: z.literal('batch'),
    done: z.boolean().describe('True once every job has ended.'),
    total: z.int(),
    counts: z.record(JobStatus, z.int()).describe('Jobs by status.'),
    /** Pictures that never became a job, with the problem each had. */
    refused: z.array(z.object({ image_name: z.string().nullable(), code: z.string(), detail: z.string() })),
    created_at: z.string(),
    finished_at: z.string().nullable(),
    expires_at: z.string(),
    retry_of: z.string().nullable().describe('The batch whose failed jobs this one runs again.'),
    webhook: z.object({ url: z.string() }).nullable(),
    links: z.object({ self: z.string(), jobs: z.string(), results: z.string() }),
  })
  .meta({ id: 'Batch' })
export type Batch = z.output<typeof Batch>

/** As stored. */
export type BatchRecord = Omit<Batch, 'counts'> & {
  client: string
  /** All its jobs were created; before that it cannot be done. */
  complete: boolean
  /** As they were when it was done: its jobs may be erased later. Null before: they are counted when asked for. */
  counts: Batch['counts'] | null
}
