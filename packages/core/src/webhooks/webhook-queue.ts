/** Webhook events on their way out: a queue of its own, so that no receiver can slow a job. */
export interface WebhookQueue {
  /** Safe to repeat: a delivery is on the queue once. */
  enqueue(notice: WebhookNotice): Promise<void>
  /** Whether a sender will still come to this delivery. */
  holds(deliveryId: string): Promise<boolean>
  close(): Promise<void>
}

export interface WebhookNotice {
  deliveryId: string
  /** How many tries were made before it came onto this queue. */
  triesMade: number
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
