import { describe, expect, test } from 'vitest'
import { createBatch } from '../../src/domain/batch.ts'
import { createErasure, type ErasureRecord } from '../../src/domain/erasure.ts'
import { newJobId } from '../../src/domain/ids.ts'
import type { RecordStore } from '../../src/jobs/record-store.ts'
import { aDeliveryRecord } from '../delivery-records.ts'
import { openedStore } from './opened-store.ts'

const CUT = '2026-11-23T12:00:00.000Z'

/** What every store promises about clients that are to be erased. */
export function describeErasureStore(
  name: string,
  openStore: () => Promise<{ store: RecordStore } & AsyncDisposable>,
): void {
  describe(`${name} keeps its promises about erasures`, () => {
    const store = openedStore(openStore)

    test('the running ones are listed, the oldest first, until they are done', async () => {
      const [second, first] = [anErasure('2026-11-23T12:00:01.000Z'), anErasure(CUT)]
      for (const one of [second, first]) await store.putErasure(one)
      expect(await store.listRunningErasures(10)).toEqual([first, second])
      expect(await store.listRunningErasures(1)).toEqual([first])
      const done = { ...first, status: 'done' as const, done_at: CUT, jobs: 7 }
      await store.putErasure(done)
      expect(await store.listRunningErasures(10)).toEqual([second])
      expect(await store.getErasure(first.id)).toEqual(done)
      expect(await store.getErasure(newJobId())).toBeUndefined()
    })

    test('they go when their time is over', async () => {
      const [over, kept] = [anErasure('1990-01-01T00:00:00.000Z'), anErasure('1990-01-01T00:00:00.001Z')]
      for (const one of [over, kept]) await store.putErasure(one)
      expect(await store.sweepErasures(new Date(over.expires_at))).toBe(1)
      expect(await store.getErasure(over.id)).toBeUndefined()
      expect(await store.getErasure(kept.id)).toEqual(kept)
    })

    test('all older things of a client that hang on no job are deleted, and nobody else’s', async () => {
      const [client, other] = [`key:${newJobId()}`, `key:${newJobId()}`]
      const [before, after] = ['2026-11-23T11:59:59.999Z', CUT]
      const old = await fill(client, before)
      const kept = [await fill(client, after), await fill(other, before)]
      expect(await store.deleteClientData(client, new Date(CUT))).toBe(3)
      expect(await store.deleteClientData(client, new Date(CUT))).toBe(0)
      expect(await look(old)).toEqual([false, false, false])
      for (const one of kept) expect(await look(one)).toEqual([true, true, true])
    })

    async function fill(client: string, at: string) {
      const batch = createBatch({
        id: newJobId(),
        client,
        total: 1,
        refused: [],
        retryOf: null,
        webhook: null,
        acceptedAt: new Date(at),
        retentionSeconds: 86_400,
      })
      const delivery = aDeliveryRecord({ client, batch_id: batch.id, created_at: at })
      const claim = {
        client,
        key: newJobId(),
        fingerprint: 'f',
        jobId: newJobId(),
        claimedAt: at,
        expiresAt: '2100-01-01T00:00:00.000Z',
      }
      await Promise.all([store.createBatch(batch), store.createDelivery(delivery), store.claimKey(claim)])
      return { batch, delivery, claim }
    }

    async function look({ batch, delivery, claim }: Awaited<ReturnType<typeof fill>>): Promise<boolean[]> {
      const other = { ...claim, jobId: newJobId(), claimedAt: CUT }
      return [
        (await store.getBatch(batch.id)) !== undefined,
        (await store.getDelivery(delivery.id)) !== undefined,
        (await store.claimKey(other)).jobId === claim.jobId,
      ]
    }
  })
}

function anErasure(at: string): ErasureRecord {
  return createErasure('key:line-3', { at: new Date(at), retentionSeconds: 86_400 })
}
