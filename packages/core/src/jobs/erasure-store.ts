import type { ErasureRecord } from '../domain/erasure.ts'

/** Clients that are to be erased. Each stays known for a while after it is done. */
export interface ErasureStore {
  putErasure(erasure: ErasureRecord): Promise<void>
  getErasure(id: string): Promise<ErasureRecord | undefined>
  /** The oldest first. */
  listRunningErasures(limit: number): Promise<ErasureRecord[]>
  /**
   * Removes all of a client that is older and hangs on none of its jobs: batches, deliveries and idempotency keys.
   * Resolves to how many.
   */
  deleteClientData(client: string, createdBefore: Date): Promise<number>
  /** Removes erasures that expired before `now`; resolves to how many. */
  sweepErasures(now: Date): Promise<number>
}
