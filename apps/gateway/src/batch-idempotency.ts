import type { BatchRecord } from '@lupa/core/domain/batch'
import type { BatchStore } from '@lupa/core/jobs/batch-store'
import type { KeyStore } from '@lupa/core/jobs/key-store'
import type { Breakers } from './breaker.ts'
import { createIdempotency, type Idempotency, stillBeingServed } from './idempotency.ts'

export type BatchIdempotency = Idempotency<BatchRecord>

/** @param options.takenOverAfterMs longer than a request for a batch may take */
export function createBatchIdempotency({
  keys,
  batches,
  breakers,
  takenOverAfterMs,
}: {
  keys: KeyStore
  batches: BatchStore
  breakers: Breakers
  takenOverAfterMs: number
}): BatchIdempotency {
  const reader = { read: (id: string) => readMade(id, batches) }
  return createIdempotency({ keys, reader, breakers, takenOverAfterMs })
}

/**
 * A batch that is recorded and has not all its jobs is neither there nor to be made anew: its gateway is at
 * it, or died, and then the reconciler completes it or removes it.
 */
async function readMade(id: string, batches: BatchStore): Promise<BatchRecord | undefined> {
  const batch = await batches.getBatch(id)
  if (batch && !batch.complete) throw stillBeingServed()
  return batch
}
