import { eventOf, isTerminal, type JobRecord } from '@lupa/core/domain/job'
import type { JobEvents } from '@lupa/core/jobs/job-events'
import type { WebhookQueue } from '@lupa/core/webhooks/webhook-queue'

/** Tells of a finished job whoever waits for it. Safe to repeat. */
export type TellOutcome = (record: JobRecord) => Promise<void>

export function createTellOutcome({
  events,
  webhookQueue,
}: {
  events: JobEvents
  webhookQueue: WebhookQueue
}): TellOutcome {
  return async function tellOutcome(record) {
    await events.announce(record)
    if (!record.webhook || !isTerminal(record.status)) return
    const event = eventOf(record.status)
    if (record.webhook.events.includes(event)) await webhookQueue.enqueue({ jobId: record.id, event })
  }
}
