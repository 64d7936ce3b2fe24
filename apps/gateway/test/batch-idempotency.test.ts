import { randomUUID } from 'node:crypto'
import type { Batch } from '@lupa/core/domain/batch'
import { LupaError } from '@lupa/core/domain/errors'
import { newJobId } from '@lupa/core/domain/ids'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { startRedisServer, type TestRedis } from '../../../packages/core/test/services/redis-server.ts'
import { type GatewayUnderTest, startGateway } from './gateway-under-test.ts'
import { startImageServer } from './image-server.ts'
import { form, newImage } from './requests.ts'
import { zipOf } from './zip-file.ts'

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
afterEach(() => gateway.worker.failWith(undefined))

interface Request {
  headers?: Record<string, string>
  payload?: object
}

function send(key: string, { headers, ...body }: Request, url = '/v1/batches') {
  const withKey = { ...headers, 'idempotency-key': key }
  return gateway.app.inject({ method: 'POST', url, headers: withKey, ...body })
}

const pictures = (count: number) => Array.from({ length: count }, () => newImage())

const formOf = (images: Buffer[], conf = '0.5') =>
  form(...images.map((bytes, at) => ({ name: 'image', fileName: `${at}.png`, bytes })), {
    name: 'conf',
    value: conf,
  })

const zipOfAll = async (images: Buffer[]) => ({
  headers: { 'content-type': 'application/zip' },
  payload: await zipOf(images.map((bytes, at): [string, Buffer] => [`${at}.png`, bytes])),
})

async function untilDone(id: string): Promise<Batch> {
  return (await gateway.app.inject(`/v1/batches/${id}?wait=15`)).json()
}

async function storedImages(): Promise<string[]> {
  const storedBefore = new Date(Date.now() + 60_000)
  return (await gateway.deps.imageStore.list({ storedBefore, limit: 10_000 })).keys.toSorted()
}

const countJobs = async (batch: string) =>
  (await gateway.deps.jobStore.list({ client: 'local', batch, limit: 100 })).length

describe('a batch sent again with its key', () => {
  test.each([
    ['a form', (images: Buffer[]) => formOf(images)],
    ['a ZIP', zipOfAll],
  ])('as %s is the same batch, and nothing more is stored', async (_what, requestOf) => {
    const images = pictures(5)
    const key = randomUUID()
    const first = await send(key, await requestOf(images))
    expect(first.statusCode).toBe(202)
    expect(first.headers).not.toHaveProperty('idempotency-replayed')
    await untilDone(first.json().id)
    const stored = await storedImages()

    const again = await send(key, await requestOf(images))
    expect(again.statusCode).toBe(202)
    expect(again.headers).toMatchObject({
      'idempotency-replayed': 'true',
      location: first.json().links.self,
      'x-request-id': first.json().id,
    })
    expect(again.json()).toMatchObject({ id: first.json().id, done: true, counts: { succeeded: 5 } })
    expect(await storedImages()).toEqual(stored)
    expect(await countJobs(first.json().id)).toBe(5)
    expect(await gateway.deps.admission.taken('local')).toBe(0)
  })

  test('as a list of addresses is known again without fetching them', async () => {
    let isGone = false
    await using server = await startImageServer((_request, response) => {
      if (isGone) response.writeHead(410)
      response.end(isGone ? 'gone' : newImage())
    })
    const payload = { image_urls: [`${server.url}/a.png`, `${server.url}/b.png`] }
    const key = randomUUID()
    const first = await send(key, { payload })
    isGone = true
    const again = await send(key, { payload })
    expect(again.headers).toMatchObject({ 'idempotency-replayed': 'true' })
    expect(again.json()).toMatchObject({ id: first.json().id, total: 2 })
    expect(server.requests).toHaveLength(2)
    const other = await send(key, { payload: { image_urls: payload.image_urls.toReversed() } })
    expect(other.json()).toMatchObject({ status: 422, code: 'idempotency_key_reused' })
  })

  test.each([
    ['another parameter', (images: Buffer[]) => formOf(images, '0.6')],
    ['another order', (images: Buffer[]) => formOf(images.toReversed())],
    ['an image less', (images: Buffer[]) => formOf(images.slice(1))],
    ['another image', (images: Buffer[]) => formOf([...images.slice(1), newImage()])],
  ])('but with %s is refused, and nothing of it stays', async (_what, change) => {
    const images = pictures(3)
    const key = randomUUID()
    const first = await send(key, formOf(images))
    await untilDone(first.json().id)
    const stored = await storedImages()
    const other = await send(key, change(images))
    expect(other.json()).toMatchObject({ status: 422, code: 'idempotency_key_reused' })
    expect(await storedImages()).toEqual(stored)
    expect(await gateway.deps.admission.taken('local')).toBe(0)
  })

  test('ten times at once is one batch, whose images alone are stored', async () => {
    const before = await storedImages()
    const images = pictures(6)
    const key = randomUUID()
    const answers = await Promise.all(Array.from({ length: 10 }, () => send(key, formOf(images))))
    const made = answers.filter(({ statusCode }) => statusCode === 202)
    expect(new Set(made.map((answer) => answer.json().id)).size).toBe(1)
    expect(made.filter(({ headers }) => headers['idempotency-replayed'] === undefined)).toHaveLength(1)
    for (const answer of answers) {
      if (answer.statusCode === 202) continue
      expect(answer.json()).toMatchObject({ status: 409, code: 'idempotency_in_progress' })
      expect(answer.headers).toHaveProperty('retry-after')
    }
    await untilDone(made[0]?.json().id)
    expect(await storedImages()).toHaveLength(before.length + 6)
    await expect.poll(() => gateway.deps.admission.taken('local')).toBe(0)
  })
})

test('a batch that was erased is not made again by its key', async () => {
  const images = pictures(2)
  const key = randomUUID()
  const { id } = (await send(key, formOf(images))).json()
  await untilDone(id)
  await gateway.app.inject({ method: 'DELETE', url: `/v1/batches/${id}` })
  const stored = await storedImages()
  for (let again = 0; again < 2; again++) {
    expect((await send(key, formOf(images))).json()).toMatchObject({
      status: 410,
      code: 'idempotency_erased',
      detail: expect.stringContaining(id),
    })
  }
  expect(await storedImages()).toEqual(stored)
  expect(await gateway.deps.admission.taken('local')).toBe(0)
})

describe('a batch that came to nothing', () => {
  test('does not use up its key when it was refused', async () => {
    const key = randomUUID()
    const images = pictures(2)
    expect((await send(key, formOf(images, '7'))).statusCode).toBe(400)
    expect((await send(key, formOf([Buffer.from('no picture')]))).statusCode).toBe(400)
    const nowhere = { payload: { image_urls: ['https://10.0.0.1/a.png'] } }
    expect((await send(key, nowhere)).statusCode).toBe(400)
    const answer = await send(key, formOf(images))
    expect(answer.statusCode).toBe(202)
    expect(answer.headers).not.toHaveProperty('idempotency-replayed')
  })

  test('because its gateway died is made under the same id, by one of many', async () => {
    const images = pictures(3)
    const { claim } = await claimOf(images, 600_000)
    const before = await storedImages()
    const answers = await Promise.all(Array.from({ length: 8 }, () => send(claim.key, formOf(images))))
    const made = answers.filter(({ statusCode }) => statusCode === 202)
    expect(made.length).toBeGreaterThan(0)
    expect(new Set(made.map((answer) => answer.json().id))).toEqual(new Set([claim.jobId]))
    expect(answers.every(({ statusCode }) => [202, 409].includes(statusCode))).toBe(true)
    expect(await untilDone(claim.jobId)).toMatchObject({ total: 3, counts: { succeeded: 3 } })
    expect(await countJobs(claim.jobId)).toBe(3)
    expect(await storedImages()).toHaveLength(before.length + 3)
    await expect.poll(() => gateway.deps.admission.taken('local')).toBe(0)
  })

  test('while it is still being made, or left half made, is not made beside it', async () => {
    const images = pictures(2)
    const { claim, batch } = await claimOf(images, 600_000)
    await gateway.deps.jobStore.createBatch({ ...batch, id: claim.jobId, complete: false, counts: null })
    const stored = await storedImages()
    const answer = await send(claim.key, formOf(images))
    expect(answer.json()).toMatchObject({ status: 409, code: 'idempotency_in_progress' })
    expect(answer.headers).toHaveProperty('retry-after')
    expect(await storedImages()).toEqual(stored)

    await gateway.deps.jobStore.completeBatch(claim.jobId, [], 1)
    expect((await send(claim.key, formOf(images))).json()).toMatchObject({ id: claim.jobId })
  })

  /** As a process leaves it that claimed a key and got no further. */
  async function claimOf(images: Buffer[], agoMs: number) {
    const { jobStore } = gateway.deps
    const key = randomUUID()
    const { id } = (await send(key, formOf(images))).json()
    await untilDone(id)
    const batch = await jobStore.getBatch(id)
    if (!batch) throw new Error('the batch is missing')
    const claimedAt = new Date(Date.now() - agoMs).toISOString()
    const expiresAt = new Date(Date.now() + 60_000).toISOString()
    const mine = { client: 'local', key, fingerprint: '', jobId: newJobId(), claimedAt, expiresAt }
    const { fingerprint } = await jobStore.claimKey(mine)
    const claim = await jobStore.claimKey({ ...mine, key: randomUUID(), fingerprint })
    return { claim, batch }
  }
})

test('a batch whose completion cannot be recorded keeps its images, its jobs and its key', async () => {
  const { imageStore, jobStore } = gateway.deps
  const broken = {
    ...jobStore,
    async completeBatch() {
      throw new LupaError('store_unavailable', 'The disk is full.')
    },
  }
  await using other = await startGateway(redis.url, { imageStore, jobStore: broken })
  const key = randomUUID()
  const images = pictures(3)
  const { headers, payload } = formOf(images)
  const post = { method: 'POST', url: '/v1/batches', payload } as const
  const made = await other.app.inject({ ...post, headers: { ...headers, 'idempotency-key': key } })
  expect(made.statusCode).toBe(202)
  const { id } = made.json()
  await expect.poll(() => jobStore.countBatch(id)).toEqual({ succeeded: 3 })
  const jobs = await jobStore.list({ client: 'local', batch: id, limit: 10 })
  expect(await storedImages()).toEqual(expect.arrayContaining(jobs.map((job) => job.id)))
  expect((await send(key, formOf(images))).statusCode).toBe(409)
  await jobStore.completeBatch(id, [], 3)
  expect((await send(key, formOf(images))).json()).toMatchObject({ id, done: true })
})

describe('running a batch again', () => {
  test('is done once per key', async () => {
    gateway.worker.failWith(new LupaError('out_of_memory', 'Too large.'))
    const { id } = (await send(randomUUID(), formOf(pictures(3)))).json()
    await untilDone(id)
    gateway.worker.failWith(undefined)
    const key = randomUUID()
    const again = `/v1/batches/${id}/retry`
    const first = await send(key, {}, again)
    expect(first.json()).toMatchObject({ total: 3, retry_of: id })
    await untilDone(first.json().id)
    const stored = await storedImages()
    const second = await send(key, {}, again)
    expect(second.statusCode).toBe(202)
    expect(second.headers).toMatchObject({ 'idempotency-replayed': 'true' })
    expect(second.json()).toMatchObject({ id: first.json().id, done: true })
    expect(await storedImages()).toEqual(stored)
    expect((await send(key, formOf(pictures(1)))).statusCode).toBe(422)
  })

  test('does not use up its key when there is nothing to run', async () => {
    const { id } = (await send(randomUUID(), formOf(pictures(1)))).json()
    await untilDone(id)
    const key = randomUUID()
    const answer = await send(key, {}, `/v1/batches/${id}/retry`)
    expect(answer.json()).toMatchObject({ status: 409, code: 'job_not_done' })
    expect((await send(key, formOf(pictures(1)))).statusCode).toBe(202)
  })
})

test('a key that is none is refused before the images are read', async () => {
  const answer = await send('chave-é', formOf(pictures(1)))
  expect(answer.json()).toMatchObject({ status: 400, code: 'invalid_parameter' })
})
