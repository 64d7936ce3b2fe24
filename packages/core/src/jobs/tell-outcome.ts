import type { DeliveryRecord } from '../domain/delivery.ts'
import { eventOf, isTerminal, type JobRecord, type WebhookEvent } from '../domain/job.ts'
import { webhookId } from '../webhooks/webhook-body.ts'
import type { WebhookQueue } from '../webhooks/webhook-queue.ts'
import type { Admission } from './admission.ts'
import type { DeliveryStore } from './delivery-store.ts'
import type { DrainRate } from './drain-rate.ts'
import type { JobEvents } from './job-events.ts'

/** Tells of a finished job whoever waits for it. Safe to repeat: nobody is told of an event under two ids. */
export type TellOutcome = (record: JobRecord) => Promise<void>

export interface TellOutcomeDeps {
  events: JobEvents
  admission: Admission
  drainRate: DrainRate
  deliveries: DeliveryStore
  webhookQueue: WebhookQueue
  /** Looks whether this was the last job of its batch. */
  finishBatchOf: (record: JobRecord) => Promise<void>
}

export function createTellOutcome(deps: TellOutcomeDeps): TellOutcome {
  return async function tellOutcome(record) {
    if (!isTerminal(record.status))
      throw new Error(`Job ${record.id} is ${record.status}: there is no outcome`)
    await deps.events.announce(record)
    await deps.admission.release(record.client, record.id)
    // One that no worker took says nothing of how fast they work.
    if (record.processing_time !== null && record.started_at)
      await deps.drainRate.count(record.processing_time)
    const event = eventOf(record.status)
    if (record.webhook?.events.includes(event)) await queueDelivery(record, event, deps)
    if (record.batch) await deps.finishBatchOf(record)
  }
}

/** Written before it is queued: a delivery that Redis loses is put back from the store. */
async function queueDelivery(
  record: JobRecord,
  event: WebhookEvent,
  { deliveries, webhookQueue }: TellOutcomeDeps,
): Promise<void> {
  const delivery = aDelivery(record, event)
  if (await deliveries.createDelivery(delivery)) {
    await webhookQueue.enqueue({ deliveryId: delivery.id, triesMade: 0 })
  }
}

function aDelivery(record: JobRecord, event: WebhookEvent): DeliveryRecord {
  const createdAt = new Date().toISOString()
  return {
    id: webhookId(record.id, event),
    object: 'delivery',
    event,
    job_id: record.id,
    batch_id: null,
    url: record.webhook?.url ?? '',
    status: 'pending',
    tries: [],
    created_at: createdAt,
    next_try_at: createdAt,
    client: record.client,
    expires_at: record.expires_at,
  }
}
