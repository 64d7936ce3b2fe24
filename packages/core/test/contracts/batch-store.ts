import { describe, expect, test } from 'vitest'
import type { Batch, BatchRecord } from '../../src/domain/batch.ts'
import { LupaError } from '../../src/domain/errors.ts'
import { newJobId } from '../../src/domain/ids.ts'
import type { RecordStore } from '../../src/jobs/record-store.ts'
import { aDeliveryRecord } from '../delivery-records.ts'
import { aFailure, aJobRecord, aSuccess } from '../job-records.ts'
import { openedStore } from './opened-store.ts'

const COUNTS: Batch['counts'] = { queued: 0, running: 0, succeeded: 2, failed: 1, canceled: 0, expired: 0 }

/** What every batch store promises. */
export function describeBatchStore(
  name: string,
  openStore: () => Promise<{ store: RecordStore } & AsyncDisposable>,
): void {
  describe(`${name} keeps its promises about batches`, () => {
    const store = openedStore(openStore)

    async function created(overrides: Partial<BatchRecord> = {}): Promise<BatchRecord> {
      const batch = aBatchRecord(overrides)
      expect(await store.createBatch(batch)).toBe(true)
      return batch
    }

    test('a batch is read back as it was created, and an id that exists is left as it is', async () => {
      const batch = await created()
      expect(await store.createBatch({ ...batch, total: 9 })).toBe(false)
      expect(await store.getBatch(batch.id)).toEqual(batch)
    })

    test('an id that was never given finds nothing, however odd it is', async () => {
      for (const id of ['batch_none', '', '../x', 'a/b#c?d', '__proto__']) {
        expect(await store.getBatch(id)).toBeUndefined()
        await store.completeBatch(id, [], 1)
        expect(await store.finishBatch(id, { finishedAt: NOON, counts: COUNTS })).toBe(false)
        expect(await store.countBatch(id)).toEqual({})
        await store.deleteBatch(id)
        expect(await store.getBatch(id)).toBeUndefined()
      }
    })

    test('a complete batch says how many jobs it has and which pictures were refused', async () => {
      const batch = await created()
      const refused = [{ image_name: 'ção/🍾.txt', code: 'unsupported_image_type', detail: 'It is text.' }]
      await store.completeBatch(batch.id, refused, 3)
      expect(await store.getBatch(batch.id)).toEqual({ ...batch, complete: true, refused, total: 3 })
    })

    test('of many that finish a batch one is told so, and its counts stay', async () => {
      const batch = await created()
      await store.completeBatch(batch.id, [], 3)
      const finishes = Array.from({ length: 10 }, (_, index) =>
        store.finishBatch(batch.id, { finishedAt: NOON, counts: { ...COUNTS, failed: index } }),
      )
      const answers = await Promise.all(finishes)
      expect(answers.filter(Boolean)).toHaveLength(1)
      expect(await store.getBatch(batch.id)).toEqual({
        ...batch,
        complete: true,
        total: 3,
        done: true,
        finished_at: NOON,
        counts: { ...COUNTS, failed: answers.indexOf(true) },
      })
    })

    test('a batch that is not complete cannot be finished', async () => {
      const batch = await created()
      expect(await store.finishBatch(batch.id, { finishedAt: NOON, counts: COUNTS })).toBe(false)
      expect(await store.getBatch(batch.id)).toEqual(batch)
    })

    test('its jobs are counted by status, and jobs of others are not', async () => {
      const batch = `batch_${newJobId()}`
      expect(await store.countBatch(batch)).toEqual({})
      const records = Array.from({ length: 5 }, () => aJobRecord({ batch }))
      const others = [aJobRecord(), aJobRecord({ batch: 'batch_other' })]
      await Promise.all([...records, ...others].map((record) => store.create(record)))
      expect(await store.countBatch(batch)).toEqual({ queued: 5 })
      const [succeeds, succeedsToo, fails, canceled] = records as [Job, Job, Job, Job, Job]
      await store.finish(succeeds.id, aSuccess(succeeds))
      await store.finish(succeedsToo.id, aSuccess(succeedsToo))
      await store.finish(fails.id, aFailure())
      const error = new LupaError('canceled', 'The client canceled it.')
      await store.finish(canceled.id, { status: 'canceled', at: new Date(), error })
      expect(await store.countBatch(batch)).toEqual({ queued: 1, succeeded: 2, failed: 1, canceled: 1 })
      await store.delete(fails.id)
      expect(await store.countBatch(batch)).toEqual({ queued: 1, succeeded: 2, canceled: 1 })
    })

    test('batches that are not done come oldest first, complete or not', async () => {
      const [young, old, done, tooYoung] = [
        await created({ created_at: '1990-01-01T00:00:02.000Z' }),
        await created({ created_at: '1990-01-01T00:00:01.000Z' }),
        await created({ created_at: '1990-01-01T00:00:01.000Z' }),
        await created({ created_at: '1990-01-01T00:00:03.000Z' }),
      ]
      for (const { id } of [old, done]) await store.completeBatch(id, [], 1)
      await store.finishBatch(done.id, { finishedAt: NOON, counts: COUNTS })
      const createdBefore = new Date(tooYoung.created_at)
      const ids = async (limit: number) =>
        (await store.listUnfinishedBatches({ createdBefore, limit })).map(({ id }) => id)
      expect(await ids(10)).toEqual([old.id, young.id])
      expect(await ids(1)).toEqual([old.id])
    })

    test('batches past their time come oldest first, and no other', async () => {
      const [late, early, kept] = [
        await created({ expires_at: '1990-01-01T00:00:02.000Z' }),
        await created({ expires_at: '1990-01-01T00:00:01.000Z' }),
        await created({ expires_at: '1990-01-01T00:00:03.000Z' }),
      ]
      const now = new Date(late.expires_at)
      const ids = async (limit: number) =>
        (await store.listExpiredBatches({ now, limit })).map(({ id }) => id)
      expect(await ids(10)).toEqual([early.id, late.id])
      expect(await ids(1)).toEqual([early.id])
      for (const { id } of [late, early, kept]) await store.deleteBatch(id)
    })

    test('a deleted batch takes its deliveries along, and leaves its jobs', async () => {
      const batch = await created()
      const job = aJobRecord({ batch: batch.id })
      await store.create(job)
      const [own, other] = [
        aDeliveryRecord({ job_id: null, batch_id: batch.id, event: 'batch.finished' }),
        aDeliveryRecord({ job_id: null, batch_id: 'batch_other', event: 'batch.finished' }),
      ]
      for (const delivery of [own, other]) await store.createDelivery(delivery)
      await store.deleteBatch(batch.id)
      await store.deleteBatch(batch.id)
      expect(await store.getBatch(batch.id)).toBeUndefined()
      expect(await store.getDelivery(own.id)).toBeUndefined()
      expect(await store.getDelivery(other.id)).toEqual(other)
      expect(await store.get(job.id)).toEqual(job)
    })
  })
}

type Job = ReturnType<typeof aJobRecord>

const NOON = '2026-11-23T12:00:00.000Z'

function aBatchRecord(overrides: Partial<BatchRecord>): BatchRecord {
  const id = `batch_${newJobId()}`
  return {
    id,
    object: 'batch',
    done: false,
    total: 0,
    refused: [],
    created_at: NOON,
    finished_at: null,
    expires_at: '2100-01-01T00:00:00.000Z',
    retry_of: null,
    webhook: { url: 'https://example.com/hook' },
    links: { self: `/v1/batches/${id}`, jobs: `/v1/jobs?batch=${id}`, results: `/v1/batches/${id}/results` },
    client: 'ana',
    complete: false,
    counts: null,
    ...overrides,
  }
}
