import { z } from 'zod'
import { BatchEvent } from './batch.ts'
import { JobId } from './ids.ts'
import { WebhookEvent } from './job.ts'

const Timestamp = z.string()

export const DeliveryEvent = z.union([WebhookEvent, BatchEvent])
export type DeliveryEvent = z.output<typeof DeliveryEvent>

/** How often to try is the schedule's; how it went is said here. */
export const DeliveryTry = z
  .object({
    number: z.int().describe('1 for the first try of this event; counts on over redeliveries.'),
    place: z.int().describe('Where in the schedule it stood: a redelivery begins it anew, at 1.'),
    at: Timestamp,
    duration_ms: z.number(),
    response_status: z.int().nullable().describe('Null: no answer came.'),
    response_excerpt: z.string().nullable().describe('The first bytes of the answer, as text.'),
    error: z.string().nullable(),
  })
  .meta({ id: 'DeliveryTry' })
export type DeliveryTry = z.output<typeof DeliveryTry>

export const DeliveryStatus = z.enum(['pending', 'retrying', 'delivered', 'failed'])
export type DeliveryStatus = z.output<typeof DeliveryStatus>

/** One webhook event on its way to one receiver: the log of its tries. */
export const DeliveryLog = z
  .object({
    id: z.string().describe('The `webhook-id` header: the same on every try.'),
    object: z.literal('delivery'),
    event: DeliveryEvent,
    /** The job or batch that the event tells of. */
    job_id: JobId.nullable(),
    batch_id: z.string().nullable(),
    url: z.string(),
    status: DeliveryStatus,
    tries: z.array(DeliveryTry),
    created_at: Timestamp,
    next_try_at: Timestamp.nullable(),
  })
  .meta({ id: 'DeliveryLog' })
export type DeliveryLog = z.output<typeof DeliveryLog>

/** As stored: whose it is, and until when it is kept. */
export type DeliveryRecord = DeliveryLog & { client: string; expires_at: string }

/** What its client may see of it. */
export function toDeliveryLog(record: DeliveryRecord): DeliveryLog {
  const { client, expires_at, ...log } = record
  return log
}

/** A try is still to come. */
export function isDue({ status }: DeliveryLog): boolean {
  return status === 'pending' || status === 'retrying'
}
