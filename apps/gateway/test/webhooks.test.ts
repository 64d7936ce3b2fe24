import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { DeliveryRecord, DeliveryTry } from '@lupa/core/domain/delivery'
import { newJobId } from '@lupa/core/domain/ids'
import type { JobRecord } from '@lupa/core/domain/job'
import { createBullmqWebhookQueue } from '@lupa/core/webhooks/bullmq-webhook-queue'
import { webhookId } from '@lupa/core/webhooks/webhook-body'
import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { aJobRecord, aSuccess } from '../../../packages/core/test/job-records.ts'
import { startRedisServer, type TestRedis } from '../../../packages/core/test/services/redis-server.ts'
import { type GatewayUnderTest, SILENT, startGateway } from './gateway-under-test.ts'

let redis: TestRedis
let gateway: GatewayUnderTest
beforeAll(async () => {
  redis = await startRedisServer()
  gateway = await startGateway(redis.url)
})
afterAll(async () => {
  await gateway[Symbol.asyncDispose]()
  await redis[Symbol.asyncDispose]()
})

const get = (url: string) => gateway.app.inject({ url })
const post = (url: string, payload?: object) =>
  gateway.app.inject({ method: 'POST', url, ...(payload ? { payload } : {}) })

const FAILED_TRY: DeliveryTry = {
  number: 1,
  place: 1,
  at: new Date().toISOString(),
  duration_ms: 12.5,
  response_status: 500,
  response_excerpt: 'no',
  error: 'The receiver answered 500.',
}

/** A finished job whose delivery failed for good. */
async function aFailedDelivery(client = 'local'): Promise<{ job: JobRecord; delivery: DeliveryRecord }> {
  const url = 'http://127.0.0.1:9/hook'
  const { jobStore } = gateway.deps
  const queued = aJobRecord({ client, webhook: { url, events: ['job.succeeded'] } })
  await jobStore.create(queued)
  const finished = await jobStore.finish(queued.id, aSuccess(queued))
  const job = finished?.record ?? queued
  const at = new Date().toISOString()
  const delivery: DeliveryRecord = {
    id: webhookId(job.id, 'job.succeeded'),
    object: 'delivery',
    event: 'job.succeeded',
    job_id: job.id,
    batch_id: null,
    url,
    status: 'pending',
    tries: [],
    created_at: at,
    next_try_at: at,
    client,
    expires_at: job.expires_at,
  }
  await jobStore.createDelivery(delivery)
  await jobStore.recordTry(delivery.id, FAILED_TRY, { status: 'failed', nextTryAt: null })
  return { job, delivery: { ...delivery, tries: [FAILED_TRY], status: 'failed', next_try_at: null } }
}

describe('the log of webhooks', () => {
  test('of a job shows each event with its tries', async () => {
    const { job, delivery } = await aFailedDelivery()
    const { client, expires_at, ...shown } = delivery
    expect((await get(`/v1/jobs/${job.id}/deliveries`)).json()).toEqual({
      object: 'list',
      data: [shown],
      next_cursor: null,
    })
  })

  test('of a job without a webhook is empty, and of the job of another there is none', async () => {
    const [own, other] = [aJobRecord({ client: 'local' }), await aFailedDelivery('somebody else')]
    await gateway.deps.jobStore.create(own)
    expect((await get(`/v1/jobs/${own.id}/deliveries`)).json().data).toEqual([])
    const missing = await get(`/v1/jobs/${newJobId()}/deliveries`)
    expect(missing.json()).toMatchObject({ status: 404, code: 'job_not_found' })
    const foreign = await get(`/v1/jobs/${other.job.id}/deliveries`)
    expect({ ...foreign.json(), request_id: '' }).toEqual({ ...missing.json(), request_id: '' })
  })

  test('of a client comes in pages, newest first', async () => {
    const made: string[] = []
    for (let count = 0; count < 3; count++) made.unshift((await aFailedDelivery()).delivery.id)
    await aFailedDelivery('somebody else')
    const first = (await get('/v1/webhooks/deliveries?limit=2')).json()
    const second = (await get(`/v1/webhooks/deliveries?limit=2&cursor=${first.next_cursor}`)).json()
    const ids = [...first.data, ...second.data].map(({ id }: { id: string }) => id)
    expect(ids.slice(0, 3)).toEqual(made)
    expect((await get('/v1/webhooks/deliveries?cursor=nonsense')).json()).toMatchObject({
      status: 400,
      code: 'invalid_parameter',
    })
  })
})

describe('a redelivery', () => {
  test('is due at once under the same id, and its schedule starts anew', async () => {
    const { job, delivery } = await aFailedDelivery()
    const answer = await post(`/v1/jobs/${job.id}/redeliver`)
    expect(answer.statusCode).toBe(202)
    expect(answer.json()).toMatchObject({ id: delivery.id, status: 'pending', tries: [FAILED_TRY] })
    expect(await gateway.deps.jobStore.getDelivery(delivery.id)).toMatchObject({
      status: 'pending',
      next_try_at: answer.json().next_try_at,
      tries: [FAILED_TRY],
    })
    expect(await gateway.deps.webhookQueue.holds(delivery.id)).toBe(true)
  })

  test('of a named event works by the address of its job and by its own', async () => {
    const { job, delivery } = await aFailedDelivery()
    for (const url of [
      `/v1/jobs/${job.id}/deliveries/${delivery.id}/redeliver`,
      `/v1/webhooks/deliveries/${delivery.id}/redeliver`,
    ]) {
      expect((await post(url)).json()).toMatchObject({ id: delivery.id, status: 'pending' })
    }
  })

  test('of what is not there, or of another client, is answered 404', async () => {
    const [mine, other] = [await aFailedDelivery(), await aFailedDelivery('somebody else')]
    const without = aJobRecord({ client: 'local' })
    await gateway.deps.jobStore.create(without)
    for (const url of [
      `/v1/jobs/${without.id}/redeliver`,
      `/v1/jobs/${mine.job.id}/deliveries/nonsense/redeliver`,
      `/v1/jobs/${mine.job.id}/deliveries/${other.delivery.id}/redeliver`,
      `/v1/webhooks/deliveries/${other.delivery.id}/redeliver`,
    ]) {
      expect((await post(url)).json()).toMatchObject({ status: 404, code: 'delivery_not_found' })
    }
    expect((await post(`/v1/jobs/${other.job.id}/redeliver`)).json()).toMatchObject({ code: 'job_not_found' })
    expect((await gateway.deps.jobStore.getDelivery(other.delivery.id))?.status).toBe('failed')
  })
})

describe('the secret', () => {
  test('is made once, shown to nobody else, and kept by no cache', async () => {
    const answer = await get('/v1/webhooks/secret')
    expect(answer.headers['cache-control']).toBe('no-store')
    expect(answer.json()).toEqual({
      object: 'webhook_secret',
      secret: expect.stringMatching(/^whsec_/),
      previous_until: null,
    })
    expect((await get('/v1/webhooks/secret')).json()).toEqual(answer.json())
  })

  test('when replaced, signs from now on, and the one before for a day besides', async () => {
    await using receiver = await startReceiver()
    const before = (await get('/v1/webhooks/secret')).json().secret
    const rotated = (await post('/v1/webhooks/secret')).json()
    expect(rotated.secret).not.toBe(before)
    expect(Date.parse(rotated.previous_until) - Date.now()).toBeCloseTo(86_400_000, -5)
    expect((await get('/v1/webhooks/secret')).json()).toEqual(rotated)

    await post('/v1/webhooks/test', { url: receiver.url })
    const [{ headers, body } = { headers: {}, body: '' }] = receiver.received
    expect(headers['webhook-signature']?.split(' ')).toHaveLength(2)
    for (const secret of [before, rotated.secret]) {
      expect(new Webhook(secret).verify(body, headers)).toMatchObject({ type: 'webhook.test' })
    }
  })
})

describe('a test of a webhook URL', () => {
  test('sends a signed event now, and tells what the receiver answered', async () => {
    await using receiver = await startReceiver(201, 'got it')
    const answer = await post('/v1/webhooks/test', { url: receiver.url })
    expect(answer.json()).toEqual({
      object: 'webhook_test',
      id: expect.stringMatching(/-webhook-test$/),
      url: receiver.url,
      delivered: true,
      duration_ms: expect.any(Number),
      response_status: 201,
      response_excerpt: 'got it',
      error: null,
      switched_on: false,
    })
    const [{ headers, body } = { headers: {}, body: '' }] = receiver.received
    expect(headers['webhook-id']).toBe(answer.json().id)
    const { secret } = (await get('/v1/webhooks/secret')).json()
    expect(new Webhook(secret).verify(body, headers)).toMatchObject({ type: 'webhook.test' })
  })

  test('tells of a receiver that refuses, and of one that is not there', async () => {
    await using receiver = await startReceiver(403, 'who are you?')
    expect((await post('/v1/webhooks/test', { url: receiver.url })).json()).toMatchObject({
      delivered: false,
      response_status: 403,
      response_excerpt: 'who are you?',
      error: 'The receiver answered 403.',
    })
    expect((await post('/v1/webhooks/test', { url: 'http://127.0.0.1:9/' })).json()).toMatchObject({
      delivered: false,
      response_status: null,
      error: expect.stringContaining('ECONNREFUSED'),
    })
  })

  test.each(['http://10.0.0.1/', 'https://169.254.169.254/metadata', 'ftp://example.com/', 'nonsense'])(
    'of %s is refused',
    async (url) => {
      const answer = await post('/v1/webhooks/test', { url })
      expect(answer.json()).toMatchObject({ status: 400, code: 'webhook_url_refused' })
    },
  )

  test('that succeeds switches webhooks to that URL on again', async () => {
    await using receiver = await startReceiver()
    const state = async () => (await get(`/v1/webhooks/receiver?url=${receiver.url}`)).json()
    expect(await state()).toMatchObject({ status: 'on', reason: null })

    const at = new Date().toISOString()
    const off = { failingSince: at, disabledAt: at, reason: 'The receiver answered 410 (gone).' }
    await gateway.deps.jobStore.setReceiver('local', receiver.url, off)
    expect(await state()).toEqual({
      object: 'webhook_receiver',
      url: receiver.url,
      status: 'off',
      failing_since: at,
      switched_off_at: at,
      reason: off.reason,
    })
    expect((await post('/v1/webhooks/test', { url: receiver.url })).json().switched_on).toBe(true)
    expect(await state()).toMatchObject({ status: 'on', failing_since: null, switched_off_at: null })
  })
})

test('a redelivery is accepted while Redis is away: it is written, and the reconciler queues it', async () => {
  const webhookQueue = createBullmqWebhookQueue({ redisUrl: 'redis://127.0.0.1:9', logger: SILENT })
  onTestFinished(() => webhookQueue.close())
  await using lonely = await startGateway(redis.url, { jobStore: gateway.deps.jobStore, webhookQueue })
  const { job, delivery } = await aFailedDelivery()
  const answer = await lonely.app.inject({ method: 'POST', url: `/v1/jobs/${job.id}/redeliver` })
  expect(answer.statusCode).toBe(202)
  expect(await gateway.deps.jobStore.getDelivery(delivery.id)).toMatchObject({ status: 'pending' })
})

/** A receiver on this machine that always answers the same, and keeps what came. */
async function startReceiver(status = 200, text = '') {
  const received: { headers: Record<string, string>; body: string }[] = []
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString()
      received.push({ headers: request.headers as Record<string, string>, body })
      response.writeHead(status).end(text)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    received,
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
    },
  }
}
