import type { DeliveryRecord } from '../domain/delivery.ts'
import { eventOf, isTerminal, type JobRecord, type TerminalStatus, type WebhookEvent } from '../domain/job.ts'
import type { ImageStore } from '../images/image-store.ts'
import { webhookId } from '../webhooks/webhook-body.ts'
import type { WebhookQueue } from '../webhooks/webhook-queue.ts'
import type { Admission } from './admission.ts'
import type { DeliveryStore } from './delivery-store.ts'
import type { DrainRate } from './drain-rate.ts'
import type { JobEvents } from './job-events.ts'

/** Tells of a finished job whoever waits for it. Safe to repeat: nobody is told of an event under two ids. */
export type TellOutcome = (record: JobRecord) => Promise<void>

export interface TellOutcomeDeps {
  imageStore: Pick<ImageStore, 'delete'>
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
    // Written before anybody is told: whatever Redis loses of the rest, the event is sent.
    const isNewDelivery = await createDelivery(record, record.status, deps)
    // Together, so that Redis is asked once.
    await Promise.all([
      deps.events.announce(record),
      deps.admission.release(record.client, record.id),
      countEnd(record, deps),
      // Nobody needs it any more.
      record.fleeting && deps.imageStore.delete(record.id),
    ])
    if (isNewDelivery) {
      const deliveryId = webhookId(record.id, eventOf(record.status))
      await deps.webhookQueue.enqueue({ deliveryId, triesMade: 0, traceId: record.trace_id })
    }
    if (record.batch) await deps.finishBatchOf(record)
  }
}

/** One that no worker took says nothing of how fast they work. */
async function countEnd(record: JobRecord, { drainRate }: TellOutcomeDeps): Promise<void> {
  if (record.processing_time !== null && record.started_at) await drainRate.count(record.processing_time)
}

/** Resolves to false when there is one already, or none is wished. */
async function createDelivery(
  record: JobRecord,
  status: TerminalStatus,
  { deliveries }: TellOutcomeDeps,
): Promise<boolean> {
  const event = eventOf(status)
  if (!record.webhook?.events.includes(event)) return false
  return deliveries.createDelivery(aDelivery(record, event))
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
