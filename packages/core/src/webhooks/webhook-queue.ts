import type { WebhookEvent } from '../domain/job.ts'

/** Webhook events on their way out: a queue of its own, so that no receiver can slow a job. */
export interface WebhookQueue {
  /** Safe to repeat: a job has one event of a kind. */
  enqueue(notice: WebhookNotice): Promise<void>
  close(): Promise<void>
}

export interface WebhookNotice {
  jobId: string
  event: WebhookEvent
}

export interface WebhookConsumer {
  start(deliver: DeliverWebhook): void
  stop(): Promise<void>
}

/** Makes one try. Resolves to when the next should be, or to undefined when there is none. */
export type DeliverWebhook = (
  notice: WebhookNotice,
  tryNumber: number,
  signal: AbortSignal,
) => Promise<{ retryInMs: number } | undefined>
