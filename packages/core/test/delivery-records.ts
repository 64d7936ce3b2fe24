import type { DeliveryRecord, DeliveryTry } from '../src/domain/delivery.ts'
import { newJobId } from '../src/domain/ids.ts'

/** A delivery for tests that nobody has tried yet, with what matters to the test given. */
export function aDeliveryRecord(overrides: Partial<DeliveryRecord> = {}): DeliveryRecord {
  const createdAt = overrides.created_at ?? '2026-11-23T12:00:00.000Z'
  return {
    id: `msg_${newJobId()}`,
    object: 'delivery',
    event: 'job.succeeded',
    job_id: newJobId(),
    batch_id: null,
    url: 'https://example.com/hook',
    status: 'pending',
    tries: [],
    created_at: createdAt,
    next_try_at: createdAt,
    client: 'ana',
    expires_at: '2100-01-01T00:00:00.000Z',
    ...overrides,
  }
}

export function aDeliveryTry(overrides: Partial<DeliveryTry> = {}): DeliveryTry {
  return {
    number: 1,
    place: overrides.number ?? 1,
    at: '2026-11-23T12:00:01.000Z',
    duration_ms: 41.5,
    response_status: 503,
    response_excerpt: 'later',
    error: null,
    ...overrides,
  }
}
