import { z } from 'zod'
import { isTerminal, JobStatus } from './job.ts'

export const BatchEvent = z.enum(['batch.finished'])
export type BatchEvent = z.output<typeof BatchEvent>

/** Many images under one id. Its jobs are jobs like any other, and carry its id. */
export const Batch = z
  .object({
    id: z.string(),
    object: z.literal('batch'),
    done: z.boolean().describe('True once every job has ended.'),
    total: z.int().describe('Its jobs; pictures that were refused are not among them.'),
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

/** What a client asked for, and what was refused of it. */
export interface BatchRequest {
  id: string
  client: string
  total: number
  refused: Batch['refused']
  webhook: Batch['webhook']
  retryOf: string | null
  acceptedAt: Date
  retentionSeconds: number
}

/** A batch whose jobs are still to be created. */
export function createBatch(request: BatchRequest): BatchRecord {
  const { id, client, total, refused, webhook, retryOf, acceptedAt, retentionSeconds } = request
  return {
    id,
    object: 'batch',
    done: false,
    total,
    refused,
    created_at: acceptedAt.toISOString(),
    finished_at: null,
    expires_at: new Date(acceptedAt.getTime() + retentionSeconds * 1000).toISOString(),
    retry_of: retryOf,
    webhook,
    links: { self: `/v1/batches/${id}`, jobs: `/v1/jobs?batch=${id}`, results: `/v1/batches/${id}/results` },
    client,
    complete: false,
    counts: null,
  }
}

/** What the client may see of its record. */
export function toBatch(record: BatchRecord, counted: BatchCounts): Batch {
  const { client, complete, counts, ...batch } = record
  return { ...batch, counts: counts ?? counted }
}

export type BatchCounts = Batch['counts']

/** A number for every status, from a store that names only those there are. */
export function toCounts(counted: Partial<BatchCounts>): BatchCounts {
  return { queued: 0, running: 0, succeeded: 0, failed: 0, canceled: 0, expired: 0, ...counted }
}

export function countAll(counts: BatchCounts): number {
  return JobStatus.options.reduce((sum, status) => sum + counts[status], 0)
}

export function countUnfinished(counts: BatchCounts): number {
  return JobStatus.options.reduce((sum, status) => sum + (isTerminal(status) ? 0 : counts[status]), 0)
}
