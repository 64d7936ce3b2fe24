import { type DeliveryRecord, type DeliveryStatus, type DeliveryTry, isDue } from '../domain/delivery.ts'
import type { WebhookSecrets } from './delivery-store.ts'

/** The delivery with one more try. A try of the same number is replaced. */
export function noteTry(
  stored: DeliveryRecord,
  made: DeliveryTry,
  next: { status: DeliveryStatus; nextTryAt: string | null },
): DeliveryRecord {
  const tries = [...stored.tries.filter(({ number }) => number !== made.number), made]
  return {
    ...stored,
    tries: tries.toSorted((one, other) => one.number - other.number),
    status: next.status,
    next_try_at: next.nextTryAt,
  }
}

/** When the next try is to be made; null: never. */
export function dueAt(delivery: DeliveryRecord): string | null {
  return isDue(delivery) ? (delivery.next_try_at ?? delivery.created_at) : null
}

/** The secrets that are valid now. */
export function validSecrets({ current, previous, previousUntil }: WebhookSecrets): WebhookSecrets {
  const isOver = !previousUntil || Date.parse(previousUntil) <= Date.now()
  return isOver ? { current, previous: null, previousUntil: null } : { current, previous, previousUntil }
}
