import type { Admission } from '@lupa/core/jobs/admission'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { startAzurite, type TestAzurite } from '../../../packages/core/test/services/azurite-server.ts'
import { blobContainer } from '../../../packages/core/test/services/blob-container.ts'
import { startRedisServer, type TestRedis } from '../../../packages/core/test/services/redis-server.ts'
import { type GatewayUnderTest, startGateway } from './gateway-under-test.ts'
import { newImage } from './requests.ts'

const ADDRESS = '/v1/events/blob-created'

let redis: TestRedis
let azurite: TestAzurite
let gateway: GatewayUnderTest
let container: ReturnType<typeof blobContainer>
beforeAll(async () => {
  ;[redis, azurite] = await Promise.all([startRedisServer(), startAzurite()])
  gateway = await startGateway(redis.url, { env: settings() })
  container = blobContainer(azurite.connectionString, 'inbox')
  await container.create()
})
afterAll(async () => {
  await gateway[Symbol.asyncDispose]()
  await redis[Symbol.asyncDispose]()
  await azurite[Symbol.asyncDispose]()
})

function settings(more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  return {
    AZURE_STORAGE_CONNECTION_STRING: azurite.connectionString,
    INBOX_CONTAINER: 'inbox',
    MAX_IMAGE_BYTES: '100000',
    ...more,
  }
}

let dropped = 0
async function drop(bytes: Buffer = newImage(), metadata: Record<string, string> = {}, name?: string) {
  const blob = container.getBlockBlobClient(name ?? `line 3/bottle ${dropped++}.png`)
  await blob.upload(bytes, bytes.byteLength, { metadata })
  return blob
}

/** As Event Grid writes it: https://learn.microsoft.com/azure/event-grid/event-schema-blob-storage */
function event(url: string, { eventType = 'Microsoft.Storage.BlobCreated', api = 'PutBlob' } = {}) {
  return {
    topic: '/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/devstoreaccount1',
    subject: '/blobServices/default/containers/inbox/blobs/bottle.png',
    eventType,
    eventTime: '2026-11-26T10:00:00Z',
    id: 'c14a',
    data: { api, eTag: '0x8D', contentType: 'image/png', contentLength: 1, blobType: 'BlockBlob', url },
    dataVersion: '',
    metadataVersion: '1',
  }
}

function cloudEvent(url: string) {
  const { eventType: type, data, id, topic: source } = event(url)
  return { specversion: '1.0', type, source, id, data }
}

function send(payload: unknown, { to = gateway, type = 'application/json' } = {}) {
  return to.app.inject({
    method: 'POST',
    url: ADDRESS,
    headers: { 'content-type': type },
    payload: JSON.stringify(payload),
  })
}

async function resultOf({ name }: { name: string }) {
  const blob = container.getBlobClient(`${name}.lupa.json`)
  return vi.waitUntil(
    async () => (await blob.exists()) && JSON.parse(String(await blob.downloadToBuffer())),
    { timeout: 20_000, interval: 100 },
  )
}

const jobsOf = async () => (await gateway.app.inject('/v1/jobs?limit=100')).json().data as { id: string }[]

test('a dropped picture becomes a job, and its result is written beside it', async () => {
  const blob = await drop()
  const answer = await send([event(blob.url)])
  expect([answer.statusCode, answer.json()]).toEqual([
    200,
    { jobs: [expect.any(String)], refused: 0, ignored: 0 },
  ])
  const [id] = answer.json().jobs
  const result = await resultOf(blob)
  expect(result).toMatchObject({
    object: 'job',
    id,
    status: 'succeeded',
    image_name: blob.name.split('/')[1],
    prediction: 'person',
  })
  expect(result.predictions).toEqual((await gateway.app.inject(`/v1/jobs/${id}`)).json().predictions)
})

test('the same event again makes no second job; the blob replaced makes one', async () => {
  const blob = await drop()
  const first = (await send([event(blob.url), event(blob.url)])).json()
  expect(first.jobs[1]).toBe(first.jobs[0])
  await resultOf(blob)
  expect((await send([event(blob.url)])).json().jobs).toEqual([first.jobs[0]])
  await drop(newImage(), {}, blob.name)
  const replaced = (await send([event(blob.url)])).json().jobs
  expect(replaced).not.toEqual([first.jobs[0]])
})

test('what the cache knows is written at once', async () => {
  const picture = newImage()
  await resultOf(await drop(picture).then(async (blob) => (await send([event(blob.url)]), blob)))
  const twin = await drop(picture)
  await send([event(twin.url)])
  expect(await container.getBlobClient(`${twin.name}.lupa.json`).exists()).toBe(true)
  expect(await resultOf(twin)).toMatchObject({ status: 'succeeded', cache: 'hit' })
})

test('a job that a client cancels leaves its result too', async () => {
  const held = gateway.worker.hold()
  const blob = await drop()
  const [id] = (await send([event(blob.url)])).json().jobs
  await gateway.app.inject({ method: 'POST', url: `/v1/jobs/${id}/cancel` })
  expect(await resultOf(blob)).toMatchObject({ id, status: 'canceled' })
  held.release()
})

test('the metadata of a blob may name the model and the confidence', async () => {
  const blob = await drop(newImage(), { lupa_model: 'bottle-status', lupa_conf: '0.5', owner: 'ana' })
  await send([event(blob.url)])
  expect(await resultOf(blob)).toMatchObject({
    model: { name: 'bottle-status' },
    params: { conf: 0.5 },
    prediction: 'aberta',
  })
})

test.each([
  ['is no picture', () => Buffer.from('hello'), {}, 'unsupported_image_type'],
  ['is too large', () => Buffer.alloc(100_001), {}, 'image_too_large'],
  ['is empty', () => Buffer.alloc(0), {}, 'image_missing'],
  ['names no model', newImage, { lupa_model: 'no-such' }, 'model_not_found'],
  ['asks what cannot be', newImage, { lupa_conf: '2' }, 'invalid_parameter'],
])('a blob that %s is acknowledged, and told why beside it', async (_, bytes, metadata, code) => {
  const before = (await jobsOf()).length
  const blob = await drop(bytes(), metadata)
  const answer = await send([event(blob.url)])
  expect([answer.statusCode, answer.json()]).toEqual([200, { jobs: [], refused: 1, ignored: 0 }])
  expect(await resultOf(blob)).toMatchObject({ code, detail: expect.any(String) })
  expect(await jobsOf()).toHaveLength(before)
})

test('other events, other containers, own results and blobs that are gone are acknowledged and ignored', async () => {
  const before = (await jobsOf()).length
  const blob = await drop()
  const gone = container.getBlobClient('gone.png')
  const answer = await send([
    event(blob.url, { eventType: 'Microsoft.Storage.BlobDeleted' }),
    event(blob.url, { api: 'CreateFile' }),
    event(blob.url.replace('/inbox/', '/images/')),
    event(`${blob.url}.lupa.json`),
    event(gone.url),
  ])
  expect([answer.statusCode, answer.json()]).toEqual([200, { jobs: [], refused: 0, ignored: 5 }])
  expect(await jobsOf()).toHaveLength(before)
})

test('a blob of another account is refused, and nothing beside it is taken', async () => {
  const before = (await jobsOf()).length
  const blob = await drop()
  const answer = await send([
    event(blob.url),
    event('https://other.blob.core.windows.net/inbox/a.png?sig=secret'),
  ])
  expect(answer.statusCode).toBe(403)
  expect(answer.json()).toMatchObject({ code: 'blob_refused', detail: expect.stringContaining('other.blob') })
  expect(answer.body).not.toContain('secret')
  expect(await jobsOf()).toHaveLength(before)
})

test('the handshake of Event Grid is answered', async () => {
  const answer = await send([
    {
      ...event(''),
      eventType: 'Microsoft.EventGrid.SubscriptionValidationEvent',
      data: { validationCode: '512d' },
    },
  ])
  expect([answer.statusCode, answer.json()]).toEqual([200, { validationResponse: '512d' }])
})

test('the handshake of CloudEvents is answered', async () => {
  const answer = await gateway.app.inject({
    method: 'OPTIONS',
    url: ADDRESS,
    headers: { 'webhook-request-origin': 'eventgrid.azure.net', 'webhook-request-rate': '120' },
  })
  expect(answer.statusCode).toBe(200)
  expect(answer.headers).toMatchObject({
    'webhook-allowed-origin': 'eventgrid.azure.net',
    'webhook-allowed-rate': '*',
    allow: 'POST, OPTIONS',
  })
})

test.each([
  ['one', 'application/cloudevents+json; charset=utf-8', (url: string) => cloudEvent(url)],
  ['a batch', 'application/cloudevents-batch+json', (url: string) => [cloudEvent(url)]],
])('CloudEvents are taken: %s', async (_, type, payload) => {
  const blob = await drop()
  const answer = await send(payload(blob.url), { type })
  expect([answer.statusCode, answer.json().jobs.length]).toEqual([200, 1])
  expect(await resultOf(blob)).toMatchObject({ status: 'succeeded' })
})

test.each([
  ['more than 100 events', Array.from({ length: 101 }, () => event('x')), 413, 'body_too_large'],
  ['an event that says nothing of its blob', [{ ...event(''), data: {} }], 400, 'body_malformed'],
  ['no events', ['hello'], 400, 'invalid_parameter'],
])('%s are refused', async (_, payload, status, code) => {
  const answer = await send(payload)
  expect([answer.statusCode, answer.json().code]).toEqual([status, code])
})

test('where there is no room, Event Grid is to send the event again, which then makes the job', async () => {
  let answers = 'queue_full'
  const { admission } = gateway.deps
  const full: Admission = {
    ...admission,
    reserve: async (client, id) => (answers === 'queue_full' ? 'queue_full' : admission.reserve(client, id)),
  }
  await using busy = await startGateway(redis.url, { env: settings(), admission: full })
  const blob = await drop()
  const refused = await send([event(blob.url)], { to: busy })
  expect([refused.statusCode, refused.json().code]).toEqual([503, 'queue_full'])
  expect(await container.getBlobClient(`${blob.name}.lupa.json`).exists()).toBe(false)
  answers = 'reserved'
  expect((await send([event(blob.url)], { to: busy })).json().jobs).toHaveLength(1)
})

test('while Blob Storage is away, Event Grid is to send the event again', async () => {
  await using own = await startAzurite()
  const env = settings({ AZURE_STORAGE_CONNECTION_STRING: own.connectionString })
  await using cut = await startGateway(redis.url, { env })
  const { url } = blobContainer(own.connectionString, 'inbox').getBlobClient('a.png')
  await own[Symbol.asyncDispose]()
  const answer = await send([event(url)], { to: cut })
  expect([answer.statusCode, answer.json().code]).toEqual([503, 'store_unavailable'])
})

test('where there is no inbox, it is said how to have one', async () => {
  await using without = await startGateway(redis.url)
  const answer = await send([event('https://account.blob.core.windows.net/inbox/a.png')], { to: without })
  expect([answer.statusCode, answer.json().code]).toEqual([409, 'inbox_off'])
  expect(answer.json().detail).toContain('INBOX_CONTAINER')
})
