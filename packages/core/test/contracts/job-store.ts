import { describe, expect, test } from 'vitest'
import { LupaError } from '../../src/domain/errors.ts'
import { newJobId } from '../../src/domain/ids.ts'
import {
  type Delivery,
  finishJob,
  type JobRecord,
  type JobRequest,
  type Outcome,
  startJob,
} from '../../src/domain/job.ts'
import type { JobQuery, JobStore } from '../../src/jobs/job-store.ts'
import { aDetectSuccess, aFailure, aJobRecord, aSuccess } from '../job-records.ts'
import { openedStore } from './opened-store.ts'

const NAUGHTY = [
  '',
  ' ',
  "'; DROP TABLE jobs; --",
  '"double" and \\back\\slash',
  '../../etc/passwd',
  'a/b#c?d%2Fe',
  'garrafa aberta ção – 瓶 🍾',
  '\u202egpj.efas',
  'line\nbreak\ttab',
  '\u0000nul',
  '{"$ne": null}',
  '__proto__',
  'null',
  'x'.repeat(1000),
]

/** What every job store promises. */
export function describeJobStore(
  name: string,
  openStore: () => Promise<{ store: JobStore } & AsyncDisposable>,
): void {
  describe(`${name} keeps its promises`, () => {
    const store = openedStore(openStore)

    async function created(overrides: Partial<JobRequest> = {}): Promise<JobRecord> {
      const record = aJobRecord(overrides)
      expect(await store.create(record)).toBe(true)
      return record
    }

    async function died(overrides: Partial<JobRequest>): Promise<JobRecord> {
      const record = await created(overrides)
      return (await store.finish(record.id, aFailure()))?.record as JobRecord
    }

    // Cosmos DB takes 2 MB; whoever reads a job need not know.
    describe('a prediction of a megabyte', () => {
      const large = (record: JobRecord) => aDetectSuccess(record, 30_000)

      test('is read back whole by whoever finished the job, was too late for that, or asks', async () => {
        const record = await created()
        const finished = await store.finish(record.id, large(record))
        expect(JSON.stringify(finished?.record).length).toBeGreaterThan(900_000)
        expect(finished?.record).toMatchObject({
          predictions: { length: 300 },
          stored_prediction: { task: 'detect' },
        })
        expect(await store.get(record.id)).toEqual(finished?.record)
        const late = await store.finish(record.id, aFailure())
        expect(late).toEqual({ accepted: false, record: finished?.record })
      })

      test('stays with its job when a delivery is noted there', async () => {
        const record = await created({ webhook: { url: 'https://example.com/hook', events: ['job.failed'] } })
        const finished = await store.finish(record.id, large(record))
        const delivery: Delivery = {
          id: `msg_${record.id}`,
          event: 'job.succeeded',
          status: 'delivered',
          tries: 1,
          at: record.created_at,
          response_status: 204,
          error: null,
          next_try_at: null,
        }
        await store.recordDelivery(record.id, delivery)
        const noted = await store.get(record.id)
        expect(noted?.webhook?.last_delivery).toEqual(delivery)
        expect(noted?.stored_prediction).toEqual(finished?.record.stored_prediction)
        expect(noted?.predictions).toEqual(finished?.record.predictions)
      })

      test('may be there from the beginning, as the cache gives it', async () => {
        const record = aJobRecord()
        const answered = finishJob(record, large(record))
        expect(await store.create(answered)).toBe(true)
        expect(await store.create(answered)).toBe(false)
        expect(await store.get(record.id)).toEqual(answered)
      })

      test('is gone with its job', async () => {
        const record = await created()
        await store.finish(record.id, large(record))
        await store.delete(record.id)
        expect(await store.get(record.id)).toBeUndefined()
      })
    })

    describe('create and get', () => {
      test('a job is read back as it was created', async () => {
        const record = await created({ webhook: { url: 'https://example.com/hook', events: ['job.failed'] } })
        expect(await store.get(record.id)).toEqual(record)
      })

      test('an id that exists is left as it is', async () => {
        const record = await created()
        expect(await store.create({ ...record, image_name: 'other.jpg' })).toBe(false)
        expect(await store.get(record.id)).toEqual(record)
      })

      test('of twenty who create the same id at once, one is told that it was the first', async () => {
        const record = aJobRecord()
        const names = Array.from({ length: 20 }, (_, index) => `${index}.jpg`)
        const answers = await Promise.all(names.map((image_name) => store.create({ ...record, image_name })))
        expect(answers.filter(Boolean)).toHaveLength(1)
        expect((await store.get(record.id))?.image_name).toBe(names[answers.indexOf(true)])
      })

      test('a job that has ended already, as one answered from the cache, can be created', async () => {
        const record = aJobRecord()
        const other = await created()
        const finished = await store.finish(other.id, aSuccess(other))
        const answered = { ...(finished?.record as JobRecord), id: record.id, request_id: record.id }
        expect(await store.create(answered)).toBe(true)
        expect(await store.get(record.id)).toEqual(answered)
        expect(await store.finish(record.id, aFailure())).toEqual({ record: answered, accepted: false })
      })

      test('an id that was never given finds nothing, however odd it is', async () => {
        for (const id of [newJobId(), ...NAUGHTY]) {
          expect(await store.get(id)).toBeUndefined()
          expect(await store.finish(id, aFailure())).toBeUndefined()
          await store.delete(id)
        }
      })

      test('odd names, tags and clients are read back as they were', async () => {
        for (const odd of NAUGHTY) {
          const record = await created({ imageName: odd, tags: [odd, 'plain'], client: `odd-${odd}` })
          expect(await store.get(record.id)).toEqual(record)
          expect(await store.list({ client: `odd-${odd}`, limit: 10 })).toEqual([record])
        }
      })

      test('a deleted job is gone, and deleting again succeeds', async () => {
        const record = await created()
        await store.delete(record.id)
        await store.delete(record.id)
        expect(await store.get(record.id)).toBeUndefined()
        expect(await store.finish(record.id, aFailure())).toBeUndefined()
      })
    })

    describe('finish', () => {
      test('a success carries the prediction and what only the worker knows', async () => {
        const record = await created()
        const running = startJob(record, { worker: 'worker-2', attempt: 2, at: new Date() })
        const finished = await store.finish(record.id, aSuccess(record), running)
        expect(finished).toMatchObject({
          accepted: true,
          record: { status: 'succeeded', done: true, prediction: 'aberta', worker: 'worker-2', attempt: 2 },
        })
        expect(await store.get(record.id)).toEqual(finished?.record)
      })

      test('a failure carries the error', async () => {
        const record = await created()
        const finished = await store.finish(record.id, aFailure('It is not a picture.'))
        expect(finished?.record).toMatchObject({
          status: 'failed',
          error: { code: 'image_unreadable', detail: 'It is not a picture.', retryable: false },
        })
        expect(await store.get(record.id)).toEqual(finished?.record)
      })

      test('a second outcome is refused and changes nothing', async () => {
        const record = await created()
        const first = await store.finish(record.id, aSuccess(record))
        const running = startJob(record, { worker: 'late', attempt: 9, at: new Date() })
        expect(await store.finish(record.id, aFailure(), running)).toEqual({ ...first, accepted: false })
        expect(await store.get(record.id)).toEqual(first?.record)
      })

      test('of twenty outcomes at once exactly one is accepted, and it stays', async () => {
        const record = await created()
        const outcomes = Array.from({ length: 20 }, (_, index) => anOutcome(record, index))
        const answers = await Promise.all(outcomes.map((outcome) => store.finish(record.id, outcome)))
        const accepted = answers.filter((answer) => answer?.accepted)
        expect(accepted).toHaveLength(1)
        for (const answer of answers) expect(answer?.record).toEqual(accepted[0]?.record)
        expect(await store.get(record.id)).toEqual(accepted[0]?.record)
        await store.finish(record.id, aFailure('later'))
        expect(await store.get(record.id)).toEqual(accepted[0]?.record)
      })

      test('finishing a job that is not there resolves to undefined', async () => {
        expect(await store.finish(newJobId(), aFailure())).toBeUndefined()
      })

      test('a prediction of 3000 candidates is read back whole', async () => {
        const record = await created({ params: { conf: 0.01, iou: 0.7, max_det: 3000, classes: null } })
        const finished = await store.finish(record.id, aDetectSuccess(record, 3000))
        const stored = await store.get(record.id)
        expect(stored).toEqual(finished?.record)
        expect(stored?.predictions?.length).toBeGreaterThan(2000)
      })
    })

    describe('list', () => {
      test('the newest job comes first, and another client sees none of it', async () => {
        const client = newJobId()
        const old = await created({ client, acceptedAt: at('12:00') })
        const young = await created({ client, acceptedAt: at('13:00') })
        await created({ client: newJobId() })
        expect(await idsOf(store, { client })).toEqual([young.id, old.id])
        expect(await idsOf(store, { client: newJobId() })).toEqual([])
      })

      test('pages have no gap and no double when many jobs share one moment', async () => {
        const client = newJobId()
        const records: JobRecord[] = []
        for (let index = 0; index < 23; index++) {
          records.push(await created({ client, acceptedAt: at(index < 20 ? '12:00' : '13:00') }))
        }
        const pages = await pagesOf(store, { client, limit: 5 })
        expect(pages.map((page) => page.length)).toEqual([5, 5, 5, 5, 3])
        expect(pages.flat().map(({ id }) => id)).toEqual(records.toSorted(newestFirst).map(({ id }) => id))
      })

      test('a job that comes while pages are turned moves nothing', async () => {
        const client = newJobId()
        for (let minute = 10; minute < 14; minute++) await created({ client, acceptedAt: at(`12:${minute}`) })
        const first = await store.list({ client, limit: 2 })
        await created({ client, acceptedAt: at('12:59') })
        const second = await store.list({ client, limit: 2, before: cursorOf(first) })
        expect(second.map(({ created_at }) => created_at.slice(11, 16))).toEqual(['12:11', '12:10'])
      })

      test('filters pick by status, model, tag and time, alone and together', async () => {
        const client = newJobId()
        const detect = { name: 'detect-bottles', version: '3', task: 'detect', digest: 'sha256:2' } as const
        const a = await created({ client, acceptedAt: at('12:00'), tags: ['line-3', 'night'] })
        const b = await created({ client, acceptedAt: at('12:10'), tags: ['line-4'], model: detect })
        const c = await created({ client, acceptedAt: at('12:20'), tags: ['line-3'], model: detect })
        await store.finish(a.id, aSuccess(a))
        await store.finish(c.id, aFailure())

        expect(await idsOf(store, { client, status: 'queued' })).toEqual([b.id])
        expect(await idsOf(store, { client, status: 'failed' })).toEqual([c.id])
        expect(await idsOf(store, { client, status: 'canceled' })).toEqual([])
        expect(await idsOf(store, { client, model: 'detect-bottles' })).toEqual([c.id, b.id])
        expect(await idsOf(store, { client, tag: 'line-3' })).toEqual([c.id, a.id])
        expect(await idsOf(store, { client, tag: 'line' })).toEqual([])
        expect(await idsOf(store, { client, createdAfter: a.created_at })).toEqual([c.id, b.id])
        expect(await idsOf(store, { client, createdBefore: c.created_at })).toEqual([b.id, a.id])
        expect(await idsOf(store, { client, tag: 'line-3', status: 'succeeded' })).toEqual([a.id])
        const between = { createdAfter: a.created_at, createdBefore: c.created_at }
        expect(await idsOf(store, { client, ...between, model: 'detect-bottles', tag: 'line-4' })).toEqual([
          b.id,
        ])
      })

      test('the jobs of a batch are those that carry its id, alone and with other filters', async () => {
        const [client, batch] = [newJobId(), `batch_${newJobId()}`]
        const a = await created({ client, batch, acceptedAt: at('12:00'), tags: ['line-3'] })
        const b = await created({ client, batch, acceptedAt: at('12:10') })
        await created({ client, acceptedAt: at('12:20') })
        await created({ client, batch: `batch_${newJobId()}`, acceptedAt: at('12:30') })
        await created({ client: newJobId(), batch, acceptedAt: at('12:40') })
        await store.finish(a.id, aFailure())
        expect(await idsOf(store, { client, batch })).toEqual([b.id, a.id])
        expect(await idsOf(store, { client, batch, status: 'failed' })).toEqual([a.id])
        expect(await idsOf(store, { client, batch, tag: 'line-3' })).toEqual([a.id])
        const pages = await pagesOf(store, { client, batch, limit: 1 })
        expect(pages.flat().map(({ id }) => id)).toEqual([b.id, a.id])
        expect(await idsOf(store, { client, batch: '' })).toEqual([])
      })

      test('filtered pages have no gap either', async () => {
        const client = newJobId()
        const tagged: JobRecord[] = []
        for (let index = 0; index < 12; index++) {
          const record = await created({ client, acceptedAt: at('12:00'), tags: index % 2 ? ['odd'] : [] })
          if (index % 2) tagged.push(record)
        }
        const pages = await pagesOf(store, { client, tag: 'odd', status: 'queued', limit: 4 })
        expect(pages.flat().map(({ id }) => id)).toEqual(tagged.toSorted(newestFirst).map(({ id }) => id))
      })

      test('odd tags are found as they are', async () => {
        const client = newJobId()
        for (const odd of NAUGHTY) {
          const record = await created({ client, tags: [odd, odd] })
          expect(await idsOf(store, { client, tag: odd })).toEqual([record.id])
        }
      })

      test('a listed job is the stored one without what only re-filtering needs', async () => {
        const client = newJobId()
        const record = await created({ client })
        const finished = await store.finish(record.id, aSuccess(record))
        expect(await store.list({ client, limit: 1 })).toEqual([
          { ...finished?.record, stored_prediction: null },
        ])
      })
    })

    describe('what housekeeping asks for', () => {
      test('unfinished jobs come oldest first, in pages, without younger and ended ones', async () => {
        const records: JobRecord[] = []
        for (let index = 0; index < 7; index++) {
          records.push(
            await created({ acceptedAt: new Date(Date.UTC(1990, 0, 1, 0, 0, index < 4 ? 0 : index)) }),
          )
        }
        const [, , ended] = records
        await store.finish(ended?.id as string, aFailure())
        const createdBefore = new Date(Date.UTC(1990, 0, 1, 0, 0, 6))
        const expected = records
          .filter((record) => record !== ended)
          .toSorted(oldestFirst)
          .slice(0, -1)

        const first = await store.listUnfinished({ createdBefore, limit: 2 })
        const second = await store.listUnfinished({ createdBefore, limit: 2, after: cursorOf(first) })
        const third = await store.listUnfinished({ createdBefore, limit: 2, after: cursorOf(second) })
        expect([...first, ...second, ...third].map(({ id }) => id)).toEqual(expected.map(({ id }) => id))
        for (const { id } of records) await store.delete(id)
      })

      test('expired jobs come oldest first, ended or not, and no other', async () => {
        const acceptedAt = new Date(Date.UTC(1980, 0, 1))
        const late = await created({ acceptedAt, retentionSeconds: 300 })
        const early = await created({ acceptedAt, retentionSeconds: 100 })
        const middle = await created({ acceptedAt, retentionSeconds: 200 })
        const kept = await created({ acceptedAt, retentionSeconds: 301 })
        await store.finish(middle.id, aFailure())

        const now = new Date(late.expires_at)
        const ids = async (limit: number) => (await store.listExpired({ now, limit })).map(({ id }) => id)
        expect(await ids(10)).toEqual([early.id, middle.id, late.id])
        expect(await ids(2)).toEqual([early.id, middle.id])
        for (const { id } of [late, early, middle, kept]) await store.delete(id)
      })

      test('of a job that is not to be kept the end says when it is over', async () => {
        const job = await created({ acceptedAt: new Date(Date.UTC(1981, 0, 1)), retentionSeconds: 0 })
        const [first, ended] = [job.expires_at, new Date(Date.UTC(1981, 0, 1, 0, 0, 5))]
        const finished = await store.finish(job.id, { ...aSuccess(job), at: ended })
        expect(finished?.record).toMatchObject({ fleeting: true, expires_at: '1981-01-01T00:01:05.000Z' })
        const ids = async (now: Date) => (await store.listExpired({ now, limit: 10 })).map(({ id }) => id)
        expect(await ids(new Date(Date.UTC(1981, 0, 1, 0, 1, 4)))).toEqual([])
        expect(await ids(new Date(Date.UTC(1981, 0, 1, 0, 1, 5)))).toEqual([job.id])
        expect(first).toBe('1981-01-02T00:00:00.000Z')
        await store.delete(job.id)
      })
    })

    describe('deadlines', () => {
      test('unfinished jobs past their deadline come, the oldest deadline first, and no other', async () => {
        const acceptedAt = new Date(Date.UTC(1970, 0, 2))
        const late = await created({ acceptedAt, cancelAfterSeconds: 30 })
        const early = await created({ acceptedAt, cancelAfterSeconds: 10 })
        const ended = await created({ acceptedAt, cancelAfterSeconds: 20 })
        const notYet = await created({ acceptedAt, cancelAfterSeconds: 31 })
        const without = await created({ acceptedAt })
        await store.finish(ended.id, aFailure())

        const now = new Date(late.deadline_at as string)
        const ids = async (limit: number) =>
          (await store.listPastDeadline({ now, limit })).map(({ id }) => id)
        expect(await ids(10)).toEqual([early.id, late.id])
        expect(await ids(1)).toEqual([early.id])
        for (const { id } of [late, early, ended, notYet, without]) await store.delete(id)
      })
    })

    describe('the dead', () => {
      test('jobs that failed are dead, newest first, in pages; those that ended otherwise are not', async () => {
        const dead: JobRecord[] = []
        // A future that no other test writes to: the list is of all clients.
        for (let index = 0; index < 5; index++) {
          dead.push(await died({ acceptedAt: new Date(Date.UTC(2100, 0, 1, 0, index < 3 ? 0 : index)) }))
        }
        const alive = await created({ acceptedAt: new Date(Date.UTC(2100, 0, 2)) })
        const succeeded = await created({ acceptedAt: new Date(Date.UTC(2100, 0, 2)) })
        await store.finish(succeeded.id, aSuccess(succeeded))
        const canceled = await created({ acceptedAt: new Date(Date.UTC(2100, 0, 2)) })
        const error = new LupaError('canceled', 'The client canceled it.')
        await store.finish(canceled.id, { status: 'canceled', at: new Date(), error })

        const first = await store.listDead({ limit: 2 })
        const second = await store.listDead({ limit: 3, before: cursorOf(first) })
        expect([...first, ...second]).toEqual(dead.toSorted(newestFirst))
        for (const { id } of [...dead, alive, succeeded, canceled]) await store.delete(id)
      })

      test('a job is dismissed once, and its outcome stays', async () => {
        const record = await died({ acceptedAt: new Date(Date.UTC(2101, 0, 1)) })
        const answers = await Promise.all(Array.from({ length: 5 }, () => store.dismissDead(record.id)))
        expect(answers.filter(Boolean)).toHaveLength(1)
        expect(await store.get(record.id)).toEqual({ ...record, dead: false })
        expect((await store.listDead({ limit: 100 })).map(({ id }) => id)).not.toContain(record.id)
        await store.delete(record.id)
      })

      test('a job that is not dead, or not there, cannot be dismissed', async () => {
        const record = await created()
        expect(await store.dismissDead(record.id)).toBe(false)
        expect(await store.get(record.id)).toEqual(record)
        for (const id of [newJobId(), ...NAUGHTY]) expect(await store.dismissDead(id)).toBe(false)
      })

      test('a job that was created as failed is dead too', async () => {
        const failed = await died({ acceptedAt: new Date(Date.UTC(2102, 0, 1)) })
        await store.delete(failed.id)
        expect(await store.create(failed)).toBe(true)
        expect((await store.listDead({ limit: 1 })).map(({ id }) => id)).toEqual([failed.id])
        await store.delete(failed.id)
      })
    })

    test('jobs that succeeded with a model come newest first, of all clients, and no other', async () => {
      const model = { name: newJobId(), version: '1', task: 'detect', digest: 'sha256:3' } as const
      const succeeded = []
      for (let minute = 0; minute < 3; minute++) {
        const record = await created({ model, client: newJobId(), acceptedAt: at(`13:0${minute}`) })
        await store.finish(record.id, aSuccess(record))
        succeeded.unshift(record)
      }
      const failed = await created({ model })
      await store.finish(failed.id, aFailure())
      await created({ model })
      const other = await created({ model: { ...model, name: newJobId() } })
      await store.finish(other.id, aSuccess(other))

      const ids = async (limit: number) =>
        (await store.listSucceeded({ model: model.name, limit })).map(({ id }) => id)
      expect(await ids(10)).toEqual(succeeded.map(({ id }) => id))
      expect(await ids(2)).toEqual(succeeded.slice(0, 2).map(({ id }) => id))
      expect(await store.listSucceeded({ model: newJobId(), limit: 10 })).toEqual([])
    })

    describe('webhooks', () => {
      const delivery: Delivery = {
        id: 'msg_1',
        event: 'job.succeeded',
        status: 'retrying',
        tries: 1,
        at: '2026-11-23T12:00:01.000Z',
        response_status: 503,
        error: null,
        next_try_at: '2026-11-23T12:00:06.000Z',
      }

      test('a delivery is noted in an ended job, and nothing else of it changes', async () => {
        const record = await created({ webhook: { url: 'https://example.com/', events: ['job.succeeded'] } })
        const finished = await store.finish(record.id, aSuccess(record))
        await store.recordDelivery(record.id, delivery)
        await store.recordDelivery(record.id, { ...delivery, status: 'delivered', tries: 2 })
        expect(await store.get(record.id)).toEqual({
          ...finished?.record,
          webhook: { ...record.webhook, last_delivery: { ...delivery, status: 'delivered', tries: 2 } },
        })
      })

      test('a delivery noted before the end stays, whatever the worker had read', async () => {
        const record = await created({ webhook: { url: 'https://example.com/', events: ['job.succeeded'] } })
        const running = startJob(record, { worker: 'worker-1', attempt: 1, at: new Date() })
        await store.recordDelivery(record.id, delivery)
        const finished = await store.finish(record.id, aSuccess(record), running)
        expect(finished?.record.webhook?.last_delivery).toEqual(delivery)
      })

      test('deliveries and outcomes at the same time lose nothing', async () => {
        const record = await created({ webhook: { url: 'https://example.com/', events: ['job.succeeded'] } })
        const deliveries = Array.from({ length: 10 }, () => store.recordDelivery(record.id, delivery))
        const [finished] = await Promise.all([store.finish(record.id, aSuccess(record)), ...deliveries])
        expect(finished?.accepted).toBe(true)
        expect(await store.get(record.id)).toMatchObject({
          status: 'succeeded',
          prediction: 'aberta',
          webhook: { last_delivery: delivery },
        })
      })

      test('a delivery of a job that is gone, or has no webhook, is let pass', async () => {
        const record = await created()
        await store.recordDelivery(record.id, delivery)
        await store.recordDelivery(newJobId(), delivery)
        expect(await store.get(record.id)).toEqual(record)
      })
    })

    test('a store in order passes the check', async () => {
      await expect(store.check()).resolves.toBeUndefined()
    })
  })
}

function anOutcome(record: JobRecord, index: number): Outcome {
  if (index % 2) return aSuccess(record, `class-${index}`, index / 100)
  const status = index % 4 ? 'canceled' : 'failed'
  return { status, at: new Date(), error: new LupaError('prediction_failed', `outcome ${index}`) }
}

function at(time: string): Date {
  return new Date(`2026-11-23T${time}:00.000Z`)
}

async function idsOf(store: JobStore, query: Omit<JobQuery, 'limit'>): Promise<string[]> {
  return (await store.list({ ...query, limit: 50 })).map(({ id }) => id)
}

async function pagesOf(store: JobStore, query: JobQuery): Promise<JobRecord[][]> {
  const pages: JobRecord[][] = []
  let before: JobQuery['before']
  for (;;) {
    const page = await store.list({ ...query, before })
    if (page.length === 0) return pages
    pages.push(page)
    before = cursorOf(page)
  }
}

function cursorOf(page: JobRecord[]): { createdAt: string; id: string } {
  const last = page.at(-1) as JobRecord
  return { createdAt: last.created_at, id: last.id }
}

const oldestFirst = (a: JobRecord, b: JobRecord) => (a.created_at + a.id < b.created_at + b.id ? -1 : 1)
const newestFirst = (a: JobRecord, b: JobRecord) => oldestFirst(b, a)
