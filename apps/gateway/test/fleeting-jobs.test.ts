import { afterAll, beforeAll, expect, test } from 'vitest'
import { withClient } from '../../../packages/core/test/services/redis-client.ts'
import { startRedisServer, type TestRedis } from '../../../packages/core/test/services/redis-server.ts'
import { type GatewayUnderTest, startGateway } from './gateway-under-test.ts'
import { form, imageForm, newImage } from './requests.ts'

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

const submit = (url: string, request: object = imageForm()) =>
  gateway.app.inject({ method: 'POST', url, ...request })
const get = (url: string) => gateway.app.inject(url)

/** What is left anywhere of a job, by where that is. */
async function traces(id: string): Promise<string[]> {
  const { jobStore, imageStore } = gateway.deps
  const keys = await withClient(redis.url, (client) => client.keys(`*${id}*`))
  return [
    ...((await jobStore.get(id)) ? ['record'] : []),
    ...((await imageStore.get(id)) ? ['image'] : []),
    ...keys.filter((key) => /:(hot|result):/.test(key)),
  ]
}

test('what waited for its result gets it, and then nothing is left', async () => {
  for (const path of ['/v1/jobs', '/predict']) {
    const { headers, payload } = imageForm()
    const waiting = { headers: { ...headers, prefer: 'wait=20' }, payload }
    const answer = await submit(`${path}?retention_seconds=0`, waiting)
    expect(answer.statusCode).toBe(200)
    const job = answer.json()
    expect(job).toMatchObject({ status: 'succeeded', prediction: 'person' })
    expect(job).not.toHaveProperty('fleeting')
    await expect.poll(() => traces(job.id), { timeout: 10_000 }).toEqual([])
    expect((await get(`/v1/jobs/${job.id}`)).statusCode).toBe(404)
  }
})

test('who asks later gets it once: by polling, by a stream, whatever else was asked of it before', async () => {
  const { id } = (await submit('/v1/jobs?retention_seconds=0')).json()
  await expect.poll(async () => (await gateway.deps.jobStore.get(id))?.done, { timeout: 10_000 }).toBe(true)
  // The picture goes with the end.
  await expect.poll(async () => gateway.deps.imageStore.get(id), { timeout: 10_000 }).toBeUndefined()
  await gateway.app.inject({ method: 'HEAD', url: `/v1/jobs/${id}` })
  await get('/v1/jobs')
  expect((await get(`/v1/jobs/${id}`)).json()).toMatchObject({ status: 'succeeded', prediction: 'person' })
  await expect.poll(() => traces(id), { timeout: 10_000 }).toEqual([])

  const followed = (await submit('/v1/jobs?retention_seconds=0')).json()
  expect((await get(`/v1/jobs/${followed.id}/events`)).body).toContain('event: job\nid: succeeded')
  await expect.poll(() => traces(followed.id), { timeout: 10_000 }).toEqual([])
})

test('for whom nobody asks is over a minute after its end, and no result of it answers another', async () => {
  const image = newImage()
  const { id, expires_at: atFirst } = (await submit('/v1/jobs?retention_seconds=0', imageForm(image))).json()
  await expect.poll(async () => (await gateway.deps.jobStore.get(id))?.done, { timeout: 10_000 }).toBe(true)
  const stored = await gateway.deps.jobStore.get(id)
  expect(Date.parse(stored?.expires_at ?? '') - Date.parse(stored?.finished_at ?? '')).toBe(60_000)
  expect(stored?.expires_at).not.toBe(atFirst)
  const minuteLater = { now: new Date(Date.now() + 61_000), limit: 100 }
  expect((await gateway.deps.jobStore.listExpired(minuteLater)).map((job) => job.id)).toContain(id)
  expect(stored?.use_cache).toBe(false)
})

test('a client that is told by webhook is told first', async () => {
  const query = 'retention_seconds=0&webhook_url=http://127.0.0.1:9/&webhook_events=job.succeeded'
  const { id } = (await submit(`/v1/jobs?${query}`)).json()
  await expect.poll(async () => (await get(`/v1/jobs/${id}`)).json().done, { timeout: 10_000 }).toBe(true)
  const stored = await gateway.deps.jobStore.get(id)
  expect(Date.parse(stored?.expires_at ?? '') - Date.parse(stored?.finished_at ?? '')).toBe(3_600_000)
})

test('less than a minute, or nothing for a batch, is refused', async () => {
  expect((await submit('/v1/jobs?retention_seconds=30')).json()).toMatchObject({
    status: 400,
    detail: expect.stringContaining('at least 60, or 0'),
  })
  const images = form({ name: 'image', fileName: 'a.png', type: 'image/png', bytes: newImage() })
  expect((await submit('/v1/batches?retention_seconds=0', images)).json()).toMatchObject({
    status: 400,
    detail: expect.stringContaining('for a batch'),
  })
})
