/** Webhook events on their way out: a queue of its own, so that no receiver can slow a job. */
export interface WebhookQueue {
  /** Safe to repeat: a delivery is on the queue once. */
  enqueue(notice: WebhookNotice): Promise<void>
  /** As `enqueue`, and a delivery that waits for a later try is tried now instead. */
  enqueueNow(notice: WebhookNotice): Promise<void>
  /** Whether a sender will still come to this delivery. */
  holds(deliveryId: string): Promise<boolean>
  close(): Promise<void>
}

export interface WebhookNotice {
  deliveryId: string
  /** How many tries of its schedule were made before it came onto this queue. */
  triesMade: number
  /** Of the job that it tells of, */
  traceId?: string | null | undefined
  /** and where in that trace its tries belong, where anything is traced. */
  traceparent?: string | undefined
}

export interface WebhookConsumer {
  start(deliver: DeliverWebhook): void
  stop(): Promise<void>
}

/**
 * Makes one try: the `tryNumber`th of the schedule, 1 for the first. Resolves to what comes next, or to
 * undefined when nothing does.
 */
export type DeliverWebhook = (
  notice: WebhookNotice,
  tryNumber: number,
  signal: AbortSignal,
) => Promise<NextTry | undefined>

/** The next try, or this same one again because its receiver has enough to do just now. */
export type NextTry = { retryInMs: number } | { putOffByMs: number }
