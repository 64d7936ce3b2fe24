import { newJobId } from '@lupa/core/domain/ids'
import type { Job, JobRecord } from '@lupa/core/domain/job'
import { openImageStore } from '@lupa/core/images/open-image-store'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { aDetectSuccess, aJobRecord } from '../../../packages/core/test/job-records.ts'
import { startAzurite } from '../../../packages/core/test/services/azurite-server.ts'
import { startRedisServer, type TestRedis } from '../../../packages/core/test/services/redis-server.ts'
import { readGatewayConfig } from '../src/config.ts'
import { bearer, makeClientKey } from './client-keys.ts'
import { type GatewayUnderTest, startGateway } from './gateway-under-test.ts'
import { newImage } from './requests.ts'

const SETTINGS = { API_USERNAME: 'ana', API_PASSWORD: 'secret' }

const COCO = { name: 'coco', version: '2', task: 'detect' as const, digest: `sha256:${'c'.repeat(64)}` }

let redis: TestRedis
let gateway: GatewayUnderTest
beforeAll(async () => {
  redis = await startRedisServer()
  gateway = await startGateway(redis.url, { env: SETTINGS })
}, 60_000)
afterAll(async () => {
  await gateway[Symbol.asyncDispose]()
  await redis[Symbol.asyncDispose]()
})
afterEach(() => void vi.useRealTimers())

async function aJob(image = newImage(), to = gateway): Promise<JobRecord> {
  const record = aJobRecord({ client: 'key:line-3', model: COCO })
  await to.deps.imageStore.put(record.id, image, { contentType: 'image/png' })
  await to.deps.jobStore.create(record)
  await to.deps.jobStore.finish(record.id, aDetectSuccess(record, 2))
  return record
}

async function linksOf(record: JobRecord, to = gateway): Promise<Job['links']> {
  const { key } = await makeClientKey(to)
  const answer = await to.app.inject({ url: `/v1/jobs/${record.id}?links=signed`, headers: bearer(key) })
  expect([answer.statusCode, answer.body]).toEqual([200, expect.anything()])
  expect(answer.headers.etag).toBeUndefined()
  expect(answer.headers['cache-control']).toBe('private, no-store')
  return answer.json().links
}

function pathOf(url: string): string {
  const { pathname, search } = new URL(url)
  return pathname + search
}

/** Without credentials. */
const get = (url: string, method: 'GET' | 'HEAD' | 'DELETE' = 'GET') =>
  gateway.app.inject({ method, url: pathOf(url) })

describe('signed links of a job', () => {
  test('need no credentials, and those without a signature do', async () => {
    const image = newImage()
    const record = await aJob(image)
    const links = await linksOf(record)
    for (const link of Object.values(links))
      expect(link).toMatch(/^http:\/\/localhost:80\/v1\/jobs\/.*\?link=/)
    expect((await get(links.image)).rawPayload.equals(image)).toBe(true)
    expect((await get(links.self)).json()).toMatchObject({ id: record.id, links: record.links })
    expect((await get(links.events)).body).toContain('event: job')
    expect((await get(links.image, 'HEAD')).statusCode).toBe(200)
    for (const path of Object.values(record.links))
      expect((await gateway.app.inject(path)).statusCode).toBe(401)
  })

  test('keep what may be asked for beside them', async () => {
    const { self, annotated } = await linksOf(await aJob())
    expect((await get(`${self}&conf=0.9`)).json().predictions).toHaveLength(1)
    const svg = await get(`${annotated}&format=svg&image=none`)
    expect([svg.statusCode, svg.headers['content-type']]).toEqual([
      200,
      expect.stringContaining('image/svg+xml'),
    ])
    expect((await get(`${self}&no_such=1`)).statusCode).toBe(400)
  })

  test('are good for their own address and method alone, unchanged', async () => {
    const [record, other] = [await aJob(), await aJob()]
    const { self, image } = await linksOf(record)
    const signature = new URL(self).search
    const attempts = [
      await get(self, 'DELETE'),
      await get(new URL(`/v1/jobs/${other.id}${signature}`, self).href),
      await get(new URL(`/v1/jobs/${newJobId()}${signature}`, self).href),
      await get(image.replace(/link=.*/, signature.slice(1))),
      await get(self.slice(0, -3)),
      await get(self.replace(/link=.*/, 'link=abc')),
    ]
    expect(attempts.map(({ statusCode }) => statusCode)).toEqual([401, 403, 403, 403, 403, 403])
    expect((await get(self)).statusCode).toBe(200)
  })

  test('end when they should', async () => {
    const { self } = await linksOf(await aJob())
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 895_000 })
    expect((await get(self)).statusCode).toBe(200)
    vi.setSystemTime(Date.now() + 10_000)
    const late = await get(self)
    expect([late.statusCode, late.json().code]).toEqual([403, 'link_refused'])
  })

  test('of a job that was erased lead to nothing', async () => {
    const record = await aJob()
    const { self, image } = await linksOf(record)
    const { key } = await makeClientKey(gateway)
    await gateway.app.inject({ method: 'DELETE', url: record.links.self, headers: bearer(key) })
    expect((await get(self)).statusCode).toBe(404)
    expect((await get(image)).statusCode).toBe(404)
  })

  test('are not to be had for the job of another, nor where they are off', async () => {
    const record = await aJob()
    const { key } = await makeClientKey(gateway, { client: 'line-4' })
    const url = `/v1/jobs/${record.id}?links=signed`
    expect((await gateway.app.inject({ url, headers: bearer(key) })).statusCode).toBe(404)
    await using without = await startGateway(redis.url, { env: { ...SETTINGS, SIGNED_LINK_SECONDS: '0' } })
    const { key: own } = await makeClientKey(without)
    const job = await aJob(newImage(), without)
    const asked = { url: `/v1/jobs/${job.id}?links=signed`, headers: bearer(own) }
    const refused = await without.app.inject(asked)
    expect([refused.statusCode, refused.json().detail]).toEqual([
      400,
      expect.stringContaining('SIGNED_LINK_SECONDS'),
    ])
  })

  test('lead to Blob Storage itself for the image that lies there', { timeout: 60_000 }, async () => {
    await using azurite = await startAzurite()
    const env = { ...SETTINGS, AZURE_STORAGE_CONNECTION_STRING: azurite.connectionString }
    const { imageStore } = readGatewayConfig({ REDIS_URL: redis.url, ...env })
    await using inBlobs = await startGateway(redis.url, { env, imageStore: await openImageStore(imageStore) })
    const image = newImage()
    const { image: url, annotated } = await linksOf(await aJob(image, inBlobs), inBlobs)
    expect(url).toContain('/devstoreaccount1/images/')
    expect(new URL(annotated).pathname).toMatch(/annotated$/)
    const answer = await fetch(url)
    expect(Buffer.from(await answer.arrayBuffer()).equals(image)).toBe(true)
    expect(answer.headers.get('content-disposition')).toMatch(/^inline; filename=/)
    expect((await fetch(url, { method: 'DELETE' })).status).toBe(403)
  })
})
