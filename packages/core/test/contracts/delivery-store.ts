import { describe, expect, test } from 'vitest'
import type { DeliveryRecord } from '../../src/domain/delivery.ts'
import { newJobId } from '../../src/domain/ids.ts'
import type { Receiver } from '../../src/jobs/delivery-store.ts'
import type { RecordStore } from '../../src/jobs/record-store.ts'
import { aDeliveryRecord, aDeliveryTry } from '../delivery-records.ts'
import { aJobRecord } from '../job-records.ts'
import { openedStore } from './opened-store.ts'

/** What every delivery store promises. */
export function describeDeliveryStore(
  name: string,
  openStore: () => Promise<{ store: RecordStore } & AsyncDisposable>,
): void {
  describe(`${name} keeps its promises about deliveries`, () => {
    const store = openedStore(openStore)

    async function created(overrides: Partial<DeliveryRecord> = {}): Promise<DeliveryRecord> {
      const delivery = aDeliveryRecord(overrides)
      expect(await store.createDelivery(delivery)).toBe(true)
      return delivery
    }

    describe('a delivery', () => {
      test('is read back as it was created', async () => {
        const ofJob = await created()
        const ofBatch = await created({ job_id: null, batch_id: 'batch_1' })
        expect(await store.getDelivery(ofJob.id)).toEqual(ofJob)
        expect(await store.getDelivery(ofBatch.id)).toEqual(ofBatch)
      })

      test('of twenty who create the same one at once, one is told that it was the first', async () => {
        const delivery = aDeliveryRecord()
        const urls = Array.from({ length: 20 }, (_, index) => `https://example.com/${index}`)
        const answers = await Promise.all(urls.map((url) => store.createDelivery({ ...delivery, url })))
        expect(answers.filter(Boolean)).toHaveLength(1)
        expect((await store.getDelivery(delivery.id))?.url).toBe(urls[answers.indexOf(true)])
      })

      test('that was never created is not there, and a try of it is let pass', async () => {
        for (const id of ['msg_none', '', '../x', 'a/b#c?d', '__proto__']) {
          expect(await store.getDelivery(id)).toBeUndefined()
          await store.recordTry(id, aDeliveryTry(), { status: 'delivered', nextTryAt: null })
          expect(await store.getDelivery(id)).toBeUndefined()
        }
      })
    })

    describe('tries', () => {
      test('are added in order, and a repeated one replaces its entry', async () => {
        const delivery = await created()
        const nextTryAt = '2026-11-23T12:00:06.000Z'
        const [first, second] = [aDeliveryTry(), aDeliveryTry({ number: 2, response_status: 200 })]
        await store.recordTry(delivery.id, second, { status: 'retrying', nextTryAt })
        await store.recordTry(delivery.id, { ...first, error: 'cut off' }, { status: 'retrying', nextTryAt })
        expect(await store.getDelivery(delivery.id)).toMatchObject({
          status: 'retrying',
          next_try_at: nextTryAt,
        })
        await store.recordTry(delivery.id, first, { status: 'delivered', nextTryAt: null })
        expect(await store.getDelivery(delivery.id)).toEqual({
          ...delivery,
          tries: [first, second],
          status: 'delivered',
          next_try_at: null,
        })
      })

      test('at the same time are all kept', async () => {
        const delivery = await created()
        const tries = Array.from({ length: 8 }, (_, index) => aDeliveryTry({ number: index + 1 }))
        const next = { status: 'retrying', nextTryAt: '2026-11-23T12:00:06.000Z' } as const
        await Promise.all(tries.map((made) => store.recordTry(delivery.id, made, next)))
        expect((await store.getDelivery(delivery.id))?.tries).toEqual(tries)
      })
    })

    describe('lists', () => {
      test('the deliveries of a job come oldest first', async () => {
        const jobId = newJobId()
        const young = await created({ job_id: jobId, created_at: '2026-11-23T12:00:02.000Z' })
        const old = await created({ job_id: jobId, created_at: '2026-11-23T12:00:01.000Z' })
        await created()
        expect(await store.listDeliveries(jobId)).toEqual([old, young])
        expect(await store.listDeliveries(newJobId())).toEqual([])
      })

      test("a client's come newest first, in pages without gap or double, and no other's", async () => {
        const client = `ana/#?\\${newJobId()}`
        const deliveries: DeliveryRecord[] = []
        for (let index = 0; index < 7; index++) {
          const created_at = `2026-11-23T12:00:0${index < 5 ? 0 : index}.000Z`
          deliveries.push(await created({ client, created_at }))
        }
        await created({ client: `${client}x` })
        const pages: DeliveryRecord[][] = []
        for (let before: { createdAt: string; id: string } | undefined; ; ) {
          const page = await store.listClientDeliveries({ client, limit: 3, before })
          if (page.length === 0) break
          pages.push(page)
          const last = page.at(-1) as DeliveryRecord
          before = { createdAt: last.created_at, id: last.id }
        }
        expect(pages.map(({ length }) => length)).toEqual([3, 3, 1])
        expect(pages.flat()).toEqual(deliveries.toSorted(newestFirst))
      })

      test('those due come, the longest overdue first, in pages, until they are delivered or given up', async () => {
        const due: DeliveryRecord[] = []
        for (const second of [3, 1, 2, 2])
          due.push(await created({ next_try_at: `1990-01-01T00:00:0${second}.000Z` }))
        const [retrying, ...others] = due as [DeliveryRecord, ...DeliveryRecord[]]
        const next = { status: 'retrying', nextTryAt: '1990-01-01T00:00:00.500Z' } as const
        await store.recordTry(retrying.id, aDeliveryTry(), next)
        const notYet = await created({ next_try_at: '1990-01-01T00:00:09.000Z' })
        for (const status of ['delivered', 'failed'] as const) {
          const { id } = await created({ next_try_at: '1990-01-01T00:00:01.000Z' })
          await store.recordTry(id, aDeliveryTry(), { status, nextTryAt: null })
        }

        const dueBefore = new Date(notYet.next_try_at as string)
        const first = await store.listDueDeliveries({ dueBefore, limit: 3 })
        const last = first.at(-1) as DeliveryRecord
        const after = { nextTryAt: last.next_try_at as string, id: last.id }
        const second = await store.listDueDeliveries({ dueBefore, limit: 3, after })
        const expected = [retrying.id, ...others.toSorted(soonestFirst).map(({ id }) => id)]
        expect([...first, ...second].map(({ id }) => id)).toEqual(expected)
        for (const { id } of [...due, notYet]) {
          await store.recordTry(id, aDeliveryTry(), { status: 'failed', nextTryAt: null })
        }
        expect(await store.listDueDeliveries({ dueBefore, limit: 3 })).toEqual([])
      })
    })

    describe('the end of deliveries', () => {
      test('a deleted job takes its deliveries along, and no other', async () => {
        const job = aJobRecord()
        await store.create(job)
        const [one, two, other] = [
          await created({ job_id: job.id }),
          await created({ job_id: job.id, event: 'job.failed' }),
          await created(),
        ]
        await store.delete(job.id)
        expect(await store.listDeliveries(job.id)).toEqual([])
        for (const { id } of [one, two]) expect(await store.getDelivery(id)).toBeUndefined()
        expect(await store.getDelivery(other.id)).toEqual(other)
      })

      test('those past their time are swept, the rest stay', async () => {
        const over = await created({ expires_at: '1990-01-01T00:00:00.000Z' })
        const kept = await created({ expires_at: '1990-01-01T00:00:00.001Z' })
        expect(await store.sweepDeliveries(new Date('1990-01-01T00:00:00.000Z'))).toBe(1)
        expect(await store.sweepDeliveries(new Date('1990-01-01T00:00:00.000Z'))).toBe(0)
        expect(await store.getDelivery(over.id)).toBeUndefined()
        expect(await store.getDelivery(kept.id)).toEqual(kept)
      })
    })

    describe('receivers', () => {
      test('a receiver is what was last said of it, for its client and URL alone', async () => {
        const [client, url] = [`ana/${newJobId()}`, 'https://example.com/hook?a=b#c']
        const failing: Receiver = {
          failingSince: '2026-11-23T12:00:00.000Z',
          disabledAt: null,
          reason: null,
        }
        expect(await store.getReceiver(client, url)).toBeUndefined()
        await store.setReceiver(client, url, failing)
        expect(await store.getReceiver(client, url)).toEqual(failing)
        const disabled = { ...failing, disabledAt: '2026-11-28T12:00:00.000Z', reason: 'It said 410.' }
        await store.setReceiver(client, url, disabled)
        expect(await store.getReceiver(client, url)).toEqual(disabled)
        expect(await store.getReceiver(client, `${url}d`)).toBeUndefined()
        expect(await store.getReceiver(`${client}x`, url)).toBeUndefined()
      })
    })

    describe('webhook secrets', () => {
      const none = { previous: null, previousUntil: null }

      test('a client has one, whoever asks first', async () => {
        const client = `ana/#?\\${newJobId()}`
        let made = 0
        const makeSecret = () => `whsec_${made++}`
        const asking = Array.from({ length: 20 }, () => store.webhookSecrets(client, makeSecret))
        const answers = await Promise.all(asking)
        expect(new Set(answers.map(({ current }) => current)).size).toBe(1)
        expect(await store.webhookSecrets(client, another)).toEqual({ current: answers[0]?.current, ...none })
        expect(await store.webhookSecrets(`${client}x`, another)).toEqual({ current: 'whsec_other', ...none })
      })

      test('the one before a rotation stays until its time, and only that one', async () => {
        const client = newJobId()
        const previousUntil = inAnHour()
        await store.webhookSecrets(client, () => 'whsec_1')
        const rotated = { current: 'whsec_2', previous: 'whsec_1', previousUntil }
        expect(await store.rotateWebhookSecret(client, 'whsec_2', previousUntil)).toEqual(rotated)
        expect(await store.webhookSecrets(client, another)).toEqual(rotated)
        const again = { current: 'whsec_3', previous: 'whsec_2', previousUntil }
        expect(await store.rotateWebhookSecret(client, 'whsec_3', previousUntil)).toEqual(again)
      })

      test('one whose time is over is not given any more', async () => {
        const client = newJobId()
        await store.webhookSecrets(client, () => 'whsec_1')
        const rotated = await store.rotateWebhookSecret(client, 'whsec_2', '2026-01-01T00:00:00.000Z')
        expect(rotated).toEqual({ current: 'whsec_2', ...none })
        expect(await store.webhookSecrets(client, another)).toEqual(rotated)
      })

      test('a rotation before the first call makes the first secret', async () => {
        const client = newJobId()
        expect(await store.rotateWebhookSecret(client, 'whsec_1', inAnHour())).toEqual({
          current: 'whsec_1',
          ...none,
        })
        expect((await store.webhookSecrets(client, another)).current).toBe('whsec_1')
      })

      test('rotations at the same time follow one another', async () => {
        const client = newJobId()
        await store.webhookSecrets(client, () => 'whsec_0')
        const secrets = Array.from({ length: 6 }, (_, index) => `whsec_${index + 1}`)
        const until = inAnHour()
        const answers = await Promise.all(
          secrets.map((secret) => store.rotateWebhookSecret(client, secret, until)),
        )
        expect(answers.map(({ current }) => current)).toEqual(secrets)
        const { current } = await store.webhookSecrets(client, another)
        expect(new Set([current, ...answers.map(({ previous }) => previous)])).toEqual(
          new Set(['whsec_0', ...secrets]),
        )
      })
    })
  })
}

const another = () => 'whsec_other'
const inAnHour = () => new Date(Date.now() + 3_600_000).toISOString()
const soonestFirst = (a: DeliveryRecord, b: DeliveryRecord) =>
  `${a.next_try_at}${a.id}` < `${b.next_try_at}${b.id}` ? -1 : 1
const newestFirst = (a: DeliveryRecord, b: DeliveryRecord) =>
  a.created_at + a.id < b.created_at + b.id ? 1 : -1
