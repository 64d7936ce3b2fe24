import { LupaError } from '@lupa/core/domain/errors'
import { newJobId } from '@lupa/core/domain/ids'
import type { JobRecord } from '@lupa/core/domain/job'
import { cacheKeyOf } from '@lupa/core/jobs/result-cache'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { aJobRecord, aSuccess } from '../../../packages/core/test/job-records.ts'
import { startRedisServer, type TestRedis } from '../../../packages/core/test/services/redis-server.ts'
import { type GatewayUnderTest, startGateway } from './gateway-under-test.ts'
import { imageForm, newImage } from './requests.ts'

const WEBHOOK = '&webhook_url=https://example.com/hook'

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
afterEach(() => {
  gateway.worker.failWith(undefined)
  gateway.worker.hold().release()
})

async function submit(query = '', image = newImage()): Promise<string> {
  const answer = await gateway.app.inject({ method: 'POST', url: `/v1/jobs?${query}`, ...imageForm(image) })
  return answer.json().id
}

/** A job that no worker will come to, as nobody queued it. */
async function recordJob(overrides: Parameters<typeof aJobRecord>[0] = {}): Promise<JobRecord> {
  const record = aJobRecord({ client: 'local', ...overrides })
  await gateway.deps.jobStore.create(record)
  await gateway.deps.imageStore.put(record.id, newImage(), { contentType: 'image/png' })
  return record
}

async function finishedJob(query = '', image = newImage()) {
  const id = await submit(query, image)
  return (await gateway.app.inject(`/v1/jobs/${id}?wait=10`)).json()
}

const post = (url: string, options = {}) => gateway.app.inject({ method: 'POST', url, ...options })
const cancel = (id: string) => post(`/v1/jobs/${id}/cancel`)
const erase = (id: string) => gateway.app.inject({ method: 'DELETE', url: `/v1/jobs/${id}` })
const retry = (id: string, query = '', options = {}) => post(`/v1/jobs/${id}/retry${query}`, options)
const get = (id: string) => gateway.app.inject(`/v1/jobs/${id}`)
const stored = async (id: string) => (await gateway.deps.jobStore.get(id)) as JobRecord

describe('canceling', () => {
  test('a waiting job ends it, gives its place back, and its event is on its way', async () => {
    const { admission, jobStore, webhookQueue } = gateway.deps
    const record = await recordJob({ webhook: { url: 'https://example.com/hook', events: ['job.canceled'] } })
    await admission.reserve('local', record.id)
    const answer = await cancel(record.id)
    expect(answer.statusCode).toBe(200)
    expect(answer.json()).toMatchObject({
      id: record.id,
      status: 'canceled',
      done: true,
      error: { code: 'canceled', retryable: false },
    })
    expect(await stored(record.id)).toMatchObject({ status: 'canceled', dead: false })
    expect(await admission.taken()).toBe(0)
    const [delivery, ...others] = await jobStore.listDeliveries(record.id)
    expect(delivery).toMatchObject({ event: 'job.canceled', status: 'pending' })
    expect(others).toEqual([])
    expect(await webhookQueue.holds(delivery?.id ?? '')).toBe(true)
  })

  test('a job on the queue takes it off: no worker begins it', async () => {
    const held = gateway.worker.hold()
    const busy = await Promise.all(Array.from({ length: 8 }, () => submit()))
    await Promise.all(busy.map((id) => gateway.worker.taken(id)))
    const waiting = await submit()
    expect(await gateway.deps.jobQueue.holds(waiting)).toBe(true)
    await cancel(waiting)
    expect(await gateway.deps.jobQueue.holds(waiting)).toBe(false)
    held.release()
    await Promise.all(busy.map((id) => gateway.app.inject(`/v1/jobs/${id}?wait=10`)))
    expect((await get(waiting)).json()).toMatchObject({ status: 'canceled', attempt: 0 })
  })

  test('a running job ends it as its worker began it, and the worker’s late result changes nothing', async () => {
    const held = gateway.worker.hold()
    const id = await submit()
    await gateway.worker.taken(id)
    expect((await cancel(id)).json()).toMatchObject({ status: 'canceled', attempt: 1, worker: 'test-worker' })
    const before = await stored(id)
    held.release()
    await expect.poll(() => gateway.deps.jobQueue.holds(id)).toBe(false)
    expect(await stored(id)).toEqual(before)
    expect((await get(id)).json()).toMatchObject({ status: 'canceled' })
  })

  test('a job that has ended answers it as it is', async () => {
    const job = await finishedJob()
    expect((await cancel(job.id)).json()).toMatchObject({ status: 'succeeded', finished_at: job.finished_at })
    const canceled = await recordJob()
    const first = await cancel(canceled.id)
    expect((await cancel(canceled.id)).json()).toEqual(first.json())
  })

  test('ends those who wait for the job', async () => {
    const record = await recordJob()
    const waiting = gateway.app.inject(`/v1/jobs/${record.id}?wait=30`)
    await cancel(record.id)
    expect((await waiting).json()).toMatchObject({ status: 'canceled' })
  })

  test('in the moment of the end leaves exactly one end, which all are told', async () => {
    for (let trial = 0; trial < 30; trial++) {
      const record = await recordJob()
      const [canceled, finished] = await Promise.all([
        cancel(record.id),
        gateway.deps.jobStore.finish(record.id, aSuccess(record)),
      ])
      const end = await stored(record.id)
      expect(canceled.json()).toMatchObject({ status: end.status, finished_at: end.finished_at })
      expect(finished?.record).toEqual(end)
      expect(finished?.accepted).toBe(end.status === 'succeeded')
    }
  })

  test('is done although Redis is away', async () => {
    await using ownRedis = await startRedisServer()
    await using other = await startGateway(ownRedis.url, { jobStore: gateway.deps.jobStore })
    const record = await recordJob({
      webhook: { url: 'https://example.com/hook', events: ['job.canceled'] },
    })
    ownRedis.process.kill('SIGSTOP')
    const answer = await other.app.inject({ method: 'POST', url: `/v1/jobs/${record.id}/cancel` })
    ownRedis.process.kill('SIGCONT')
    expect(answer.json()).toMatchObject({ status: 'canceled' })
    expect(await gateway.deps.jobStore.listDeliveries(record.id)).toHaveLength(1)
  })
})

describe('erasing', () => {
  test('a finished job leaves nothing of it', async () => {
    const { imageStore, jobEvents, jobStore, resultCache } = gateway.deps
    const image = newImage()
    const job = await finishedJob(WEBHOOK.slice(1), image)
    const record = await stored(job.id)
    expect(await resultCache.get(cacheKeyOf(record, 'client'))).toBeDefined()
    await cancel(job.id)

    const answer = await erase(job.id)
    expect(answer.statusCode).toBe(204)
    expect(answer.body).toBe('')
    expect(await imageStore.get(job.id)).toBeUndefined()
    expect(await resultCache.get(cacheKeyOf(record, 'client'))).toBeUndefined()
    expect(await jobEvents.latest(job.id)).toBeUndefined()
    expect(await jobStore.get(job.id)).toBeUndefined()
    expect(await jobStore.listDeliveries(job.id)).toEqual([])
    for (const url of [`/v1/jobs/${job.id}`, `/v1/jobs/${job.id}/image`]) {
      expect((await gateway.app.inject(url)).statusCode).toBe(404)
    }
    expect((await erase(job.id)).statusCode).toBe(404)
  })

  test('a running job cancels it first, and its worker does not bring it back', async () => {
    const held = gateway.worker.hold()
    const id = await submit()
    await gateway.worker.taken(id)
    expect((await erase(id)).statusCode).toBe(204)
    held.release()
    await expect.poll(() => gateway.deps.jobQueue.holds(id)).toBe(false)
    expect((await get(id)).statusCode).toBe(404)
    expect(await gateway.deps.jobStore.get(id)).toBeUndefined()
  })

  test('leaves the cached result of another job of the same picture', async () => {
    const image = newImage()
    const first = await finishedJob('', image)
    const record = await stored(first.id)
    const second = await recordJob({ image: record.image, model: record.model })
    await cancel(second.id)
    expect((await erase(second.id)).statusCode).toBe(204)
    expect(await gateway.deps.resultCache.get(cacheKeyOf(record, 'client'))).toMatchObject({
      job_id: first.id,
    })
  })

  test('an answer from the cache that is not recorded yet asks for patience instead of losing track', async () => {
    const image = newImage()
    await finishedJob('', image)
    const hit = await post('/v1/jobs', imageForm(image))
    expect(hit.json()).toMatchObject({ cache: 'hit' })
    const early = await erase(hit.json().id)
    expect(early.statusCode).toBe(409)
    expect(early.json()).toMatchObject({ code: 'job_not_done' })
    const written = await gateway.deps.jobEvents.latest(hit.json().id)
    await gateway.deps.jobStore.create(written as JobRecord)
    expect((await erase(hit.json().id)).statusCode).toBe(204)
    expect((await get(hit.json().id)).statusCode).toBe(404)
  })

  test('is refused while Redis is away, and can be done again', async () => {
    await using ownRedis = await startRedisServer()
    await using other = await startGateway(ownRedis.url, { jobStore: gateway.deps.jobStore })
    const record = await recordJob()
    await cancel(record.id)
    const eraseThere = () => other.app.inject({ method: 'DELETE', url: `/v1/jobs/${record.id}` })
    ownRedis.process.kill('SIGSTOP')
    const refused = await eraseThere()
    ownRedis.process.kill('SIGCONT')
    expect(refused.statusCode).toBe(503)
    expect(await gateway.deps.jobStore.get(record.id)).toBeDefined()
    await expect.poll(async () => (await eraseThere()).statusCode, { timeout: 5000 }).toBe(204)
  })
})

describe('running a job again', () => {
  test('makes a new job of the same image, as the first was asked for', async () => {
    const image = newImage()
    gateway.worker.failWith(new LupaError('worker_lost', 'The child died.'))
    const first = await finishedJob(
      `conf=0.5&tags=line-3&priority=bulk&cancel_after_seconds=600&retention_seconds=3600${WEBHOOK}`,
      image,
    )
    gateway.worker.failWith(undefined)
    const answer = await retry(first.id)
    expect(answer.statusCode).toBe(202)
    const job = answer.json()
    expect(answer.headers).toMatchObject({ location: `/v1/jobs/${job.id}`, 'x-request-id': job.id })
    expect(job).toMatchObject({
      status: 'queued',
      retry_of: first.id,
      params: { conf: 0.5 },
      tags: ['line-3'],
      priority: 'bulk',
      image: first.image,
      model: first.model,
      webhook: { url: 'https://example.com/hook', last_delivery: null },
    })
    expect(job.id).not.toBe(first.id)
    expect(Date.parse(job.deadline_at) - Date.parse(job.created_at)).toBe(600_000)
    expect(Date.parse(job.expires_at) - Date.parse(job.created_at)).toBe(3_600_000)
    expect(Buffer.from((await gateway.deps.imageStore.get(job.id)) ?? [])).toEqual(image)
    expect((await gateway.app.inject(`/v1/jobs/${job.id}?wait=10`)).json()).toMatchObject({
      status: 'succeeded',
    })
    expect(await stored(first.id)).toMatchObject({ status: 'failed' })
  })

  test('may be with another model and other parameters', async () => {
    const first = await finishedJob('classes=car&conf=0.5')
    const other = (await retry(first.id, '?model=bottle-status&conf=0.1&tags=again&priority=bulk')).json()
    expect(other).toMatchObject({
      model: { name: 'bottle-status', version: '1' },
      params: { conf: 0.1, classes: null },
      tags: ['again'],
      priority: 'bulk',
    })
    expect((await retry(first.id, '?classes=person')).json().params).toEqual({
      ...first.params,
      classes: [0],
    })
  })

  test('is not done before it has ended', async () => {
    const record = await recordJob()
    const answer = await retry(record.id)
    expect(answer.statusCode).toBe(409)
    expect(answer.headers).toHaveProperty('retry-after')
    expect(answer.json()).toMatchObject({ code: 'job_not_done', detail: expect.stringContaining('queued') })
  })

  test('without its image says so', async () => {
    const job = await finishedJob()
    await gateway.deps.imageStore.delete(job.id)
    await gateway.deps.resultCache.delete(cacheKeyOf(await stored(job.id), 'client'))
    expect((await retry(job.id)).json()).toMatchObject({ status: 404, code: 'image_not_found' })
  })

  test('refuses what a submit refuses', async () => {
    const job = await finishedJob()
    expect((await retry(job.id, '?conf=7')).statusCode).toBe(400)
    expect((await retry(job.id, '?model=nobody')).json()).toMatchObject({ code: 'model_not_found' })
    expect((await retry(job.id, '?retention_seconds=31536000')).statusCode).toBe(400)
  })

  test('is done once per idempotency key', async () => {
    const job = await finishedJob()
    const options = { headers: { 'idempotency-key': newJobId() } }
    const answers = await Promise.all(Array.from({ length: 10 }, () => retry(job.id, '', options)))
    expect(answers.map(({ statusCode }) => statusCode)).toEqual(Array(10).fill(202))
    expect(new Set(answers.map((answer) => answer.json().id)).size).toBe(1)
    expect((await retry(job.id, '?conf=0.6', options)).statusCode).toBe(422)
    const other = await finishedJob()
    expect((await retry(other.id, '', options)).statusCode).toBe(422)
  })
})

describe('what a job may be given', () => {
  test.each([
    ['priority=urgent', 'interactive, bulk'],
    ['cancel_after_seconds=0', 'at least 1'],
    ['cancel_after_seconds=86401', 'at most 86400'],
    ['cancel_after_seconds=1.5', 'a whole number'],
    ['retention_seconds=59', 'at least 60, or 0'],
    ['retention_seconds=-1', 'at least 0'],
    ['retention_seconds=2592001', '2592000 seconds at most'],
  ])('not %s', async (query, why) => {
    const answer = await post(`/v1/jobs?${query}`, imageForm())
    expect(answer.statusCode).toBe(400)
    expect(answer.json().detail).toContain(why)
  })

  test('empty fields count as not given', async () => {
    const query = 'priority=&cancel_after_seconds=&retention_seconds='
    const job = (await post(`/v1/jobs?${query}`, imageForm())).json()
    expect(job).toMatchObject({ priority: 'interactive', deadline_at: null })
    expect(Date.parse(job.expires_at) - Date.parse(job.created_at)).toBe(2_592_000_000)
  })
})

describe('another client’s job', () => {
  test.each([
    ['POST', '/cancel'],
    ['POST', '/retry'],
    ['DELETE', ''],
    ['GET', '/events'],
  ] as const)('is to %s …%s as one that does not exist', async (method, path) => {
    const theirs = aJobRecord({ client: 'ana' })
    await gateway.deps.jobStore.create(theirs)
    const ask = (id: string) =>
      gateway.app.inject({ method, url: `/v1/jobs/${id}${path}`, headers: { 'x-request-id': 'same' } })
    const [answer, missing] = await Promise.all([ask(theirs.id), ask(newJobId())])
    expect(answer.statusCode).toBe(404)
    expect(answer.body).toBe(missing.body)
    expect((await ask('../../etc')).statusCode).toBe(404)
    expect(await gateway.deps.jobStore.get(theirs.id)).toEqual(theirs)
  })
})
