import type { DeliveryEvent } from '../domain/delivery.ts'
import { eventOf, isTerminal, Job, type JobRecord, toJob } from '../domain/job.ts'

/** Receivers refuse large bodies; beyond this the predictions are left for `links.self` to show. */
const MAX_BODY_BYTES = 20_000

/**
 * What is posted of a finished job: the same bytes on every try. Tries themselves are therefore left out,
 * and the order of the fields is the schema's, whatever a store makes of it.
 */
export function webhookBody(record: JobRecord): string {
  if (!isTerminal(record.status))
    throw new Error(`Job ${record.id} is ${record.status}: there is no event to tell`)
  const job = Job.parse(toJob(record))
  const data = { ...job, webhook: job.webhook && { ...job.webhook, last_delivery: null } }
  const notice = { type: eventOf(record.status), timestamp: record.finished_at, data }
  const whole = JSON.stringify(notice)
  if (Buffer.byteLength(whole) <= MAX_BODY_BYTES) return whole
  return JSON.stringify({ ...notice, data: { ...data, predictions: null } })
}

/** What `POST /v1/webhooks/test` sends. */
export function testWebhookBody(at: Date): string {
  const data = { object: 'webhook_test', message: 'This is a test. Nothing has happened to any job.' }
  return JSON.stringify({ type: 'webhook.test', timestamp: at.toISOString(), data })
}

/** The `webhook-id` of an event of a job or batch: the same on every try, for receivers to know repeats by. */
export function webhookId(id: string, event: DeliveryEvent): string {
  return `${id}-${event.replaceAll('.', '-')}`
}
