import type { ServerResponse } from 'node:http'
import { createBatch, toCounts } from '@lupa/core/domain/batch'
import type { DeliveryRecord } from '@lupa/core/domain/delivery'
import { newJobId } from '@lupa/core/domain/ids'
import { createGuardedAgent } from '@lupa/core/webhooks/guarded-agent'
import { makeSecret } from '@lupa/core/webhooks/sign'
import { Webhook } from 'standardwebhooks'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { createDeliverWebhook, type DeliverWebhookDeps } from '../src/deliver-webhook.ts'
import { createHostTurns } from '../src/host-turns.ts'
import { startReceiver, startWebhookBench, type WebhookBench } from './webhook-bench.ts'

const DAY_MS = 86_400_000
const notAborted = new AbortController().signal

const answering =
  (status: number, headers: Record<string, string> = {}, body = '') =>
  (response: ServerResponse) =>
    response.writeHead(status, headers).end(body)

describe('one try of a webhook', () => {
  let bench: WebhookBench
  let receiver: Awaited<ReturnType<typeof startReceiver>>
  let answer: (response: ServerResponse) => void
  beforeAll(async () => {
    bench = await startWebhookBench()
  })
  afterAll(() => bench[Symbol.asyncDispose]())
  beforeEach(async () => {
    answer = (response) => response.writeHead(204).end()
    receiver = await startReceiver((_request, response) => answer(response))
  })
  afterEach(() => receiver[Symbol.asyncDispose]())

  function aSender(overrides: Partial<DeliverWebhookDeps> = {}, allowLoopback = true) {
    const dispatcher = createGuardedAgent({ allow: [], allowLoopback })
    onTestFinished(() => dispatcher.destroy())
    const { store, events } = bench
    return createDeliverWebhook({
      jobs: store,
      batches: store,
      deliveries: store,
      events,
      eraseRecord: ({ id }) => store.delete(id),
      hostTurns: createHostTurns(),
      dispatcher,
      timeoutMs: 500,
      ...overrides,
    })
  }

  const send = ({ id }: DeliveryRecord, place = 1, deliver = aSender()) =>
    deliver({ deliveryId: id, triesMade: 0 }, place, notAborted)

  const read = async ({ id }: DeliveryRecord) => {
    const stored = await bench.store.getDelivery(id)
    const job = stored?.job_id ? await bench.store.get(stored.job_id) : undefined
    return { stored, told: job?.webhook?.last_delivery }
  }

  test('of a job that is not to be kept is all that keeps it: it goes once it was told of, or never will be', async () => {
    answer = answering(500)
    const fleeting = { retentionSeconds: 0 }
    const told = await bench.aDelivery(receiver.url, fleeting)
    await send(told.delivery)
    expect(await bench.store.get(told.job.id)).toMatchObject({ status: 'succeeded' })
    answer = answering(204)
    await send(told.delivery, 2)
    expect(await bench.store.get(told.job.id)).toBeUndefined()
    expect(await bench.store.getDelivery(told.delivery.id)).toBeUndefined()

    answer = answering(410)
    const untold = await bench.aDelivery(receiver.url, fleeting)
    await send(untold.delivery)
    expect(await bench.store.get(untold.job.id)).toBeUndefined()
  })

  test('that is answered 2xx is delivered: in its log, in the job, and in the hot copy', async () => {
    answer = answering(200, {}, 'thank you')
    const { job, delivery } = await bench.aDelivery(receiver.url)
    expect(await send(delivery)).toBeUndefined()

    const { stored, told } = await read(delivery)
    expect(stored).toMatchObject({ status: 'delivered', next_try_at: null })
    expect(stored?.tries).toEqual([
      {
        number: 1,
        place: 1,
        at: expect.any(String),
        duration_ms: expect.any(Number),
        response_status: 200,
        response_excerpt: 'thank you',
        error: null,
      },
    ])
    expect(told).toMatchObject({ id: delivery.id, status: 'delivered', tries: 1, response_status: 200 })
    expect((await bench.events.latest(job.id))?.webhook?.last_delivery).toEqual(told)
  })

  test('is not made again once it is delivered', async () => {
    const { delivery } = await bench.aDelivery(receiver.url)
    await send(delivery)
    await send(delivery)
    await send(delivery, 2)
    expect(receiver.received).toHaveLength(1)
  })

  test('that was made before its process died is not made again, and comes again when it was to', async () => {
    answer = answering(500)
    const { delivery } = await bench.aDelivery(receiver.url)
    const deliver = aSender({ delayMs: () => 60_000 })
    await send(delivery, 1, deliver)
    const again = await send(delivery, 1, deliver)
    expect(receiver.received).toHaveLength(1)
    expect(again).toEqual({ retryInMs: expect.any(Number) })
    expect((again as { retryInMs: number }).retryInMs).toBeGreaterThan(50_000)
  })

  test('sends the same id and the same bytes each time', async () => {
    answer = answering(500)
    const { delivery } = await bench.aDelivery(receiver.url)
    await send(delivery, 1)
    await send(delivery, 2)
    const [first, second] = receiver.received
    expect(second).toMatchObject({ id: first?.id, body: first?.body })
    expect((await read(delivery)).stored?.tries.map(({ number, place }) => [number, place])).toEqual([
      [1, 1],
      [2, 2],
    ])
  })

  test('is signed so that the reference library verifies it, by either secret while one is replaced', async () => {
    const { delivery } = await bench.aDelivery(receiver.url)
    const { current: before } = await bench.store.webhookSecrets(delivery.client, makeSecret)
    const { current } = await bench.store.rotateWebhookSecret(
      delivery.client,
      makeSecret(),
      new Date(Date.now() + DAY_MS).toISOString(),
    )
    await send(delivery)
    const [{ body, headers } = { body: '', headers: {} }] = receiver.received
    const signed = headers as Record<string, string>
    expect(signed['webhook-signature']?.split(' ')).toHaveLength(2)
    for (const secret of [before, current]) {
      expect(new Webhook(secret).verify(body, signed)).toMatchObject({ type: 'job.succeeded' })
    }
    expect(() => new Webhook(makeSecret()).verify(body, signed)).toThrow('No matching signature')
  })

  test.each([301, 400, 404, 500, 503])('that is answered %i comes again', async (status) => {
    answer = answering(status, { location: '/elsewhere' })
    const { delivery } = await bench.aDelivery(receiver.url)
    expect(await send(delivery)).toEqual({ retryInMs: expect.any(Number) })
    const { stored, told } = await read(delivery)
    expect(stored).toMatchObject({ status: 'retrying', next_try_at: expect.any(String) })
    expect(told).toMatchObject({
      status: 'retrying',
      response_status: status,
      error: `The receiver answered ${status}.`,
    })
    expect(receiver.received).toHaveLength(1)
  })

  test.each([429, 503])('waits as long as the receiver asks with %i, and a day at most', async (status) => {
    answer = answering(status, { 'retry-after': '3600' })
    const [hour, week] = [await bench.aDelivery(receiver.url), await bench.aDelivery(receiver.url)]
    expect(await send(hour.delivery)).toEqual({ retryInMs: 3_600_000 })
    answer = answering(status, { 'retry-after': new Date(Date.now() + 7 * DAY_MS).toUTCString() })
    expect(await send(week.delivery)).toEqual({ retryInMs: DAY_MS })
  })

  test('to a receiver that hangs ends in time', async () => {
    answer = () => {}
    const { delivery } = await bench.aDelivery(receiver.url)
    expect(await send(delivery)).toEqual({ retryInMs: expect.any(Number) })
    expect((await read(delivery)).told).toMatchObject({
      status: 'retrying',
      response_status: null,
      error: 'The receiver did not answer within 0.5 s.',
    })
  })

  test('reads 64 KiB of an answer without end, and keeps 1 kB of it', async () => {
    let sent = 0
    answer = (response) => {
      response.writeHead(200)
      const drip = setInterval(() => {
        sent += 65_536
        response.write('x'.repeat(65_536))
      }, 5)
      response.on('close', () => clearInterval(drip))
    }
    const { delivery } = await bench.aDelivery(receiver.url)
    await send(delivery)
    const { stored } = await read(delivery)
    expect(stored).toMatchObject({ status: 'delivered' })
    expect(stored?.tries[0]?.response_excerpt).toBe('x'.repeat(1024))
    expect(sent).toBeLessThan(10_000_000)
  })

  test('is delivered by a 10 MB answer that says its length', async () => {
    answer = (response) => response.writeHead(200).end(Buffer.alloc(10_000_000, 'y'))
    const { delivery } = await bench.aDelivery(receiver.url)
    await send(delivery)
    const { stored } = await read(delivery)
    expect(stored).toMatchObject({ status: 'delivered' })
    expect(stored?.tries[0]?.response_excerpt?.length).toBeLessThanOrEqual(1024)
  })

  test('to a port that speaks no TLS fails, and says so', async () => {
    const { delivery } = await bench.aDelivery(receiver.url.replace('http:', 'https:'))
    await send(delivery)
    expect((await read(delivery)).told).toMatchObject({
      status: 'retrying',
      response_status: null,
      error: expect.stringMatching(/could not be reached: .+/),
    })
    expect(receiver.received).toEqual([])
  })

  test('to a port where nobody listens fails, and says so', async () => {
    await receiver[Symbol.asyncDispose]()
    const { delivery } = await bench.aDelivery(receiver.url.replace('127.0.0.1', 'localhost'))
    await send(delivery)
    expect((await read(delivery)).told?.error).toMatch(/could not be reached: .*ECONNREFUSED/)
  })

  test('to an address inside is not made', async () => {
    const { delivery } = await bench.aDelivery(receiver.url)
    await send(delivery, 1, aSender({}, false))
    expect((await read(delivery)).told).toMatchObject({
      status: 'retrying',
      response_status: null,
      error: expect.stringContaining('127.0.0.1'),
    })
    expect(receiver.received).toEqual([])
  })

  test('after the last of its schedule ends as failed', async () => {
    answer = answering(500)
    const { delivery } = await bench.aDelivery(receiver.url)
    expect(await send(delivery, 10)).toBeUndefined()
    expect((await read(delivery)).stored).toMatchObject({ status: 'failed', next_try_at: null })
  })

  test('of a job that was erased is not made', async () => {
    const { job, delivery } = await bench.aDelivery(receiver.url)
    await bench.store.delete(job.id)
    expect(await send(delivery)).toBeUndefined()
    expect(receiver.received).toEqual([])
  })

  test('of a batch tells of the batch', async () => {
    const id = newJobId()
    const batch = createBatch({
      id,
      client: 'ana',
      total: 2,
      refused: [],
      webhook: { url: receiver.url },
      retryOf: null,
      acceptedAt: new Date(),
      retentionSeconds: 3600,
    })
    await bench.store.createBatch(batch)
    await bench.store.completeBatch(id, [], 2)
    const { delivery: like } = await bench.aDelivery(receiver.url)
    const delivery: DeliveryRecord = {
      ...like,
      id: `${id}-batch-finished`,
      event: 'batch.finished',
      job_id: null,
      batch_id: id,
    }
    await bench.store.createDelivery(delivery)
    await expect(send(delivery), 'not done yet').rejects.toThrow('not done')

    const counts = toCounts({ succeeded: 2 })
    await bench.store.finishBatch(id, { finishedAt: new Date().toISOString(), counts })
    await send(delivery)
    expect((await read(delivery)).stored?.status).toBe('delivered')
    expect(JSON.parse(receiver.received[0]?.body ?? '')).toMatchObject({
      type: 'batch.finished',
      data: { id, total: 2, counts },
    })
  })

  test('is put off before long while two to the same host are under way', async () => {
    answer = () => {}
    const deliver = aSender({ timeoutMs: 2000 })
    const made = await Promise.all([1, 2, 3].map(() => bench.aDelivery(receiver.url)))
    const [one, other, third] = made.map(({ delivery }) => delivery) as [
      DeliveryRecord,
      DeliveryRecord,
      DeliveryRecord,
    ]
    const underWay = [send(one, 1, deliver), send(other, 1, deliver)]
    await expect.poll(() => receiver.received.length).toBe(2)
    expect(await send(third, 1, deliver)).toEqual({ putOffByMs: expect.any(Number) })
    expect((await read(third)).stored?.tries).toEqual([])
    await Promise.all(underWay)
  })
})

describe('a receiver', () => {
  let bench: WebhookBench
  let receiver: Awaited<ReturnType<typeof startReceiver>>
  let status: number
  let now: Date
  beforeEach(async () => {
    bench = await startWebhookBench()
    now = new Date()
    status = 204
    receiver = await startReceiver((_request, response) => response.writeHead(status).end())
  })
  afterEach(async () => {
    await receiver[Symbol.asyncDispose]()
    await bench[Symbol.asyncDispose]()
  })

  async function send({ id }: DeliveryRecord, place = 1) {
    const dispatcher = createGuardedAgent({ allow: [], allowLoopback: true })
    const { store, events } = bench
    const stores = { jobs: store, batches: store, deliveries: store }
    const hostTurns = createHostTurns()
    await createDeliverWebhook({
      ...stores,
      events,
      eraseRecord: async () => {},
      hostTurns,
      dispatcher,
      now: () => now,
    })({ deliveryId: id, triesMade: 0 }, place, notAborted)
    await dispatcher.destroy()
    return bench.store.getDelivery(id)
  }

  /** As the gateway does it. */
  async function redeliver({ id }: DeliveryRecord) {
    const last = (await bench.store.getDelivery(id))?.tries.at(-1)
    if (last) await bench.store.recordTry(id, last, { status: 'pending', nextTryAt: now.toISOString() })
  }

  const aDelivery = async () => (await bench.aDelivery(receiver.url)).delivery

  test('that answers 410 is sent nothing more: later deliveries end at once, and say why', async () => {
    status = 410
    expect(await send(await aDelivery())).toMatchObject({ status: 'failed' })
    status = 204
    const later = await bench.aDelivery(receiver.url)
    expect(await send(later.delivery)).toMatchObject({ status: 'failed', next_try_at: null })
    expect(receiver.received).toHaveLength(1)
    expect((await bench.store.get(later.job.id))?.webhook?.last_delivery).toMatchObject({
      status: 'failed',
      response_status: null,
      error: expect.stringMatching(/switched off: .*410/),
    })
  })

  test('that has failed for five days is sent nothing more', async () => {
    status = 500
    expect(await send(await aDelivery())).toMatchObject({ status: 'retrying' })
    now = new Date(now.getTime() + 5 * DAY_MS - 1000)
    expect(await send(await aDelivery())).toMatchObject({ status: 'retrying' })
    now = new Date(now.getTime() + 1000)
    expect(await send(await aDelivery())).toMatchObject({ status: 'failed' })
    expect(receiver.received).toHaveLength(3)
    await send(await aDelivery())
    expect(receiver.received).toHaveLength(3)
  })

  test('that answers well once in five days goes on', async () => {
    status = 500
    await send(await aDelivery())
    now = new Date(now.getTime() + 4 * DAY_MS)
    status = 200
    await send(await aDelivery())
    now = new Date(now.getTime() + 4 * DAY_MS)
    status = 500
    expect(await send(await aDelivery())).toMatchObject({ status: 'retrying' })
  })

  test('that was given up is tried by a redelivery, and by all again once one succeeds', async () => {
    status = 410
    const delivery = await aDelivery()
    await send(delivery)

    status = 500
    await redeliver(delivery)
    expect(await send(delivery)).toMatchObject({ status: 'failed' })
    expect(receiver.received).toHaveLength(2)
    await send(await aDelivery())
    expect(receiver.received).toHaveLength(2)

    status = 204
    await redeliver(delivery)
    expect(await send(delivery)).toMatchObject({ status: 'delivered' })
    expect(await send(await aDelivery())).toMatchObject({ status: 'delivered' })
    expect(receiver.received.filter(({ id }) => id === delivery.id)).toHaveLength(3)
  })

  test('of one client that is given up is still told of the jobs of another', async () => {
    status = 410
    await send(await aDelivery())
    status = 204
    const { delivery } = await bench.aDelivery(receiver.url)
    const bobs = { ...delivery, id: `${delivery.id}-bob`, client: 'bob' }
    await bench.store.createDelivery(bobs)
    expect(await send(bobs)).toMatchObject({ status: 'delivered' })
  })
})
