import { randomUUID } from 'node:crypto'
import { LupaError } from '@lupa/core/domain/errors'
import { newJobId } from '@lupa/core/domain/ids'
import type { ImageStore } from '@lupa/core/images/image-store'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startRedisServer, type TestRedis } from '../../../packages/core/test/services/redis-server.ts'
import { type GatewayUnderTest, startGateway } from './gateway-under-test.ts'
import { imageForm, newImage } from './requests.ts'

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

interface SubmitOptions {
  query?: string
  to?: GatewayUnderTest
  url?: string
  headers?: Record<string, string>
}

function submit(key: string, image: Buffer, options: SubmitOptions = {}) {
  const { query = '', to = gateway, url = '/v1/jobs', headers } = options
  const { headers: formHeaders, payload } = imageForm(image)
  const all = { ...formHeaders, ...headers, 'idempotency-key': key }
  return to.app.inject({ method: 'POST', url: `${url}${query}`, headers: all, payload })
}

const countJobs = async (tag: string) =>
  (await gateway.deps.jobStore.list({ client: 'local', tag, limit: 100 })).length

describe('fifty requests at once with one key', () => {
  test('make one job and store one image, and all that succeed tell of it', async () => {
    const stored: string[] = []
    const imageStore: ImageStore = {
      ...gateway.deps.imageStore,
      async put(key, image, format) {
        stored.push(key)
        await gateway.deps.imageStore.put(key, image, format)
      },
    }
    await using other = await startGateway(redis.url, { imageStore, jobStore: gateway.deps.jobStore })
    const image = newImage()
    const key = randomUUID()
    const query = `?tags=${key}`
    const requests = Array.from({ length: 50 }, () => submit(key, image, { query, to: other }))
    const answers = await Promise.all(requests)

    expect(answers.map(({ statusCode }) => statusCode).filter((code) => ![200, 202].includes(code))).toEqual(
      [],
    )
    expect(new Set(answers.map((answer) => answer.json().id)).size).toBe(1)
    expect(answers.filter(({ headers }) => headers['idempotency-replayed'] === undefined)).toHaveLength(1)
    expect(stored).toEqual([answers[0]?.json().id])
    expect(await countJobs(key)).toBe(1)

    const reused = await submit(key, newImage(), { query, to: other })
    expect(reused.statusCode).toBe(422)
    expect(reused.json()).toMatchObject({ code: 'idempotency_key_reused' })
    await expect.poll(() => other.deps.admission.taken()).toBe(0)
  })
})

describe('a request sent again with its key', () => {
  test('is answered with the job as it is by then', async () => {
    const image = newImage()
    const key = randomUUID()
    const first = await submit(key, image)
    await gateway.app.inject(`/v1/jobs/${first.json().id}?wait=10`)
    const again = await submit(key, image)
    expect(again.statusCode).toBe(200)
    expect(again.headers).toMatchObject({ 'idempotency-replayed': 'true', location: first.json().links.self })
    expect(again.json()).toMatchObject({ id: first.json().id, status: 'succeeded' })
  })

  test('may be waited for, and may come to /predict', async () => {
    const image = newImage()
    const key = randomUUID()
    const first = await submit(key, image)
    const again = await submit(key, image, { url: '/predict' })
    expect(again.statusCode).toBe(200)
    expect(again.json()).toMatchObject({ request_id: first.json().id, prediction: 'person' })
  })

  test('also when the first was answered from the cache', async () => {
    const image = newImage()
    const first = await submit(randomUUID(), image, { headers: { prefer: 'wait=10' } })
    expect(first.json()).toMatchObject({ cache: 'miss' })
    const key = randomUUID()
    const hit = await submit(key, image)
    expect(hit.json()).toMatchObject({ cache: 'hit' })
    expect((await submit(key, image)).json()).toMatchObject({ id: hit.json().id, cache: 'hit' })
  })

  test.each([
    ['another parameter', { query: '?conf=0.6' }],
    ['another priority', { query: '?priority=bulk' }],
    ['another model', { query: '?model=bottle-status' }],
    ['Cache-Control: no-cache', { headers: { 'cache-control': 'no-cache' } }],
  ])('but with %s is refused', async (_what, change: SubmitOptions) => {
    const image = newImage()
    const key = randomUUID()
    expect((await submit(key, image)).statusCode).toBe(202)
    const other = await submit(key, image, change)
    expect(other.statusCode).toBe(422)
    expect(other.json().detail).toContain(key)
  })
})

describe('a request whose job was erased', () => {
  test('is told so when it is sent again, at once and however often', async () => {
    const image = newImage()
    const key = randomUUID()
    const { id } = (await submit(key, image)).json()
    await gateway.app.inject({ method: 'DELETE', url: `/v1/jobs/${id}` })
    const beganMs = performance.now()
    for (const url of ['/v1/jobs', '/v1/jobs', '/predict']) {
      const again = await submit(key, image, { url })
      expect(again.json()).toMatchObject({
        status: 410,
        code: 'idempotency_erased',
        detail: `The first request with this Idempotency-Key made ${id}, which was erased since. To run it again, send it with a new key.`,
      })
      expect(again.statusCode).toBe(410)
      expect(again.headers).not.toHaveProperty('retry-after')
    }
    expect(performance.now() - beganMs).toBeLessThan(1500)
    expect((await submit(key, newImage())).json()).toMatchObject({ code: 'idempotency_key_reused' })
    expect((await submit(randomUUID(), image)).statusCode).toBe(202)
  })

  test('also long after the first one, when a process that died would be taken over', async () => {
    const image = newImage()
    const jobId = newJobId()
    const claim = await claimOf(image, jobId, new Date(Date.now() - 31_000))
    expect((await submit(claim.key, image)).json()).toMatchObject({ id: jobId })
    const erased = await gateway.app.inject({ method: 'DELETE', url: `/v1/jobs/${jobId}` })
    expect({ status: erased.statusCode, body: erased.body }).toEqual({ status: 204, body: '' })
    expect((await submit(claim.key, image)).json()).toMatchObject({ code: 'idempotency_erased' })
    expect(await gateway.deps.jobStore.get(jobId)).toBeUndefined()
  })
})

describe('a request that came to nothing', () => {
  test('does not use up its key when it was not valid', async () => {
    const key = randomUUID()
    expect((await submit(key, newImage(), { query: '?conf=7' })).statusCode).toBe(400)
    expect((await submit(key, Buffer.from('no image'))).statusCode).toBe(415)
    expect((await submit(key, newImage())).statusCode).toBe(202)
  })

  test('gives its key back when it could not be stored', async () => {
    let isFull = true
    const imageStore: ImageStore = {
      ...gateway.deps.imageStore,
      async put(...image) {
        if (isFull) throw new LupaError('store_unavailable', 'The disk is full.')
        await gateway.deps.imageStore.put(...image)
      },
    }
    await using other = await startGateway(redis.url, { imageStore })
    const image = newImage()
    const key = randomUUID()
    expect((await submit(key, image, { to: other })).statusCode).toBe(503)
    isFull = false
    // As soon as the breaker lets one try again.
    const later = () => submit(key, image, { to: other }).then(({ statusCode }) => statusCode)
    await expect.poll(later, { timeout: 5000, interval: 200 }).toBe(202)
  })

  test('because its process died is taken over after a while, under the same job id', async () => {
    const image = newImage()
    const jobId = newJobId()
    const claim = await claimOf(image, jobId, new Date(Date.now() - 31_000))
    const answer = await submit(claim.key, image)
    expect(answer.json().id).toBe(jobId)
    expect(answer.headers).not.toHaveProperty('idempotency-replayed')
    expect((await submit(claim.key, image)).json().id).toBe(jobId)
  })

  test('or is still being served makes the same one wait shortly, and then ask again', async () => {
    const image = newImage()
    const claim = await claimOf(image, newJobId(), new Date())
    const beganMs = performance.now()
    const answer = await submit(claim.key, image)
    expect(performance.now() - beganMs).toBeLessThan(4000)
    expect(answer.statusCode).toBe(409)
    expect(answer.headers).toHaveProperty('retry-after')
    expect(answer.json()).toMatchObject({ code: 'idempotency_in_progress' })
  })
})

describe('a key', () => {
  test.each([
    ['empty', ''],
    ['longer than 255 characters', 'k'.repeat(256)],
    ['not ASCII', 'chave-é'],
    ['with a tab in it', 'a\tb'],
  ])('that is %s is refused', async (_what, key) => {
    const answer = await submit(key, newImage())
    expect(answer.statusCode).toBe(400)
    expect(answer.json()).toMatchObject({ code: 'invalid_parameter' })
    expect(answer.json().detail).toContain('Idempotency-Key')
  })

  test.each([
    'k'.repeat(255),
    '"8e03978e-40d5-43e8-bc93-6894a57f9324"',
    "'; DROP TABLE keys; --",
    '../../etc/passwd',
    '{"$gt": ""}',
    '%00\\u0000',
    'a/b?c#d\\e',
    '__proto__',
    ' inner  spaces ',
  ])('may be any printable ASCII: %j', async (key) => {
    const image = newImage()
    const first = await submit(key, image)
    expect(first.statusCode).toBe(202)
    expect((await submit(key, image)).json().id).toBe(first.json().id)
  })

  test('is its client’s own: another client’s same key is another', async () => {
    const image = newImage()
    const key = randomUUID()
    const env = { API_USERNAME: 'ana', API_PASSWORD: 'pw' }
    await using other = await startGateway(redis.url, { env, jobStore: gateway.deps.jobStore })
    const mine = await submit(key, image)
    const authorization = `Basic ${Buffer.from('ana:pw').toString('base64')}`
    const theirs = await submit(key, newImage(), { to: other, headers: { authorization } })
    expect(theirs.statusCode).toBe(202)
    expect(theirs.json().id).not.toBe(mine.json().id)
  })
})

/** As a process leaves it that claimed a key and got no further. */
async function claimOf(image: Buffer, jobId: string, claimedAt: Date) {
  const { keys, fingerprint } = await learnFingerprint(image)
  const claim = {
    client: 'local',
    key: randomUUID(),
    fingerprint,
    jobId,
    claimedAt: claimedAt.toISOString(),
    expiresAt: new Date(claimedAt.getTime() + 86_400_000).toISOString(),
  }
  await keys.claimKey(claim)
  return claim
}

async function learnFingerprint(image: Buffer) {
  const keys = gateway.deps.jobStore
  const key = randomUUID()
  const made = await submit(key, image)
  await gateway.app.inject({ method: 'DELETE', url: `/v1/jobs/${made.json().id}` })
  const expiresAt = new Date(Date.now() + 1000).toISOString()
  const held = await keys.claimKey({
    client: 'local',
    key,
    fingerprint: '',
    jobId: newJobId(),
    claimedAt: new Date().toISOString(),
    expiresAt,
  })
  return { keys, fingerprint: held.fingerprint }
}
