import type { DeliveryRecord, DeliveryStatus, DeliveryTry } from '../domain/delivery.ts'

/** Webhook events and their tries, kept for good: what Redis loses is put back on its queue from here. */
export interface DeliveryStore {
  /** Resolves to false when this event has a delivery already; it is left as it is. */
  createDelivery(delivery: DeliveryRecord): Promise<boolean>
  getDelivery(id: string): Promise<DeliveryRecord | undefined>
  /** Adds a try and what follows from it. The same try number again replaces its entry. */
  recordTry(
    id: string,
    made: DeliveryTry,
    next: { status: DeliveryStatus; nextTryAt: string | null },
  ): Promise<void>
  /** All events of a job, oldest first. */
  listDeliveries(jobId: string): Promise<DeliveryRecord[]>
  /** Newest first. `before` is the last of the page before. */
  listClientDeliveries(query: {
    client: string
    before?: { createdAt: string; id: string } | undefined
    limit: number
  }): Promise<DeliveryRecord[]>
  /**
   * Deliveries that are pending or retrying and whose next try was due before `dueBefore`, oldest first.
   * `after` is the last of the page before.
   */
  listDueDeliveries(query: {
    dueBefore: Date
    after?: { nextTryAt: string; id: string } | undefined
    limit: number
  }): Promise<DeliveryRecord[]>
  /** Removes deliveries whose `expires_at` is past; resolves to how many. Those of a job go with it. */
  sweepDeliveries(now: Date): Promise<number>

  /** How a receiver fares: since when every try failed, and whether it was given up. */
  getReceiver(client: string, url: string): Promise<Receiver | undefined>
  setReceiver(client: string, url: string, receiver: Receiver): Promise<void>

  /** The client's signing secrets: the first call makes one. Before `previousUntil` both sign. */
  webhookSecrets(client: string, makeSecret: () => string): Promise<WebhookSecrets>
  /** Makes a new secret current; the one before stays valid until `previousUntil`. */
  rotateWebhookSecret(client: string, secret: string, previousUntil: string): Promise<WebhookSecrets>
}

export interface Receiver {
  failingSince: string | null
  disabledAt: string | null
  reason: string | null
}

export interface WebhookSecrets {
  current: string
  previous: string | null
  previousUntil: string | null
}
