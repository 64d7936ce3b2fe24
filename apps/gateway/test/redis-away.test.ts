import { once } from 'node:events'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { aJobRecord } from '../../../packages/core/test/job-records.ts'
import { startRedisServer, type TestRedis } from '../../../packages/core/test/services/redis-server.ts'
import { type GatewayUnderTest, startGateway } from './gateway-under-test.ts'
import { imageForm } from './requests.ts'

let redis: TestRedis
let gateway: GatewayUnderTest

beforeEach(async () => {
  redis = await startRedisServer()
  gateway = await startGateway(redis.url)
})
afterEach(async () => {
  redis.process.kill('SIGCONT')
  await gateway[Symbol.asyncDispose]()
  await redis[Symbol.asyncDispose]()
})

const submit = () => gateway.app.inject({ method: 'POST', url: '/v1/jobs', ...imageForm() })

describe.each(['killed', 'hanging'])('with Redis %s', (how) => {
  beforeEach(async () => {
    if (how === 'hanging') return void redis.process.kill('SIGSTOP')
    redis.process.kill('SIGKILL')
    await once(redis.process, 'exit')
  })

  test('submits are refused within two seconds, before anything is stored, and then at once', async () => {
    for (const limitMs of [2100, 200]) {
      const beganMs = performance.now()
      const answer = await submit()
      expect(performance.now() - beganMs).toBeLessThan(limitMs)
      expect(answer.statusCode).toBe(503)
      expect(answer.headers['retry-after']).toBe('2')
      expect(answer.json()).toMatchObject({
        code: 'queue_unavailable',
        detail: expect.stringContaining('Nothing was stored'),
      })
    }
    expect(await gateway.deps.jobStore.list({ client: 'local', limit: 10 })).toEqual([])
  })

  test('the process lives, is not ready, and says why', async () => {
    expect((await gateway.app.inject('/livez')).statusCode).toBe(200)
    const ready = await gateway.app.inject('/readyz')
    expect(ready.statusCode).toBe(503)
    expect(ready.json()).toEqual({ status: 'not_ready', failing: ['redis'] })
    expect((await gateway.app.inject('/health')).json()).toMatchObject({
      workers: null,
      checks: { redis: { ok: false } },
    })
    expect((await gateway.app.inject('/v1/queue')).json()).toMatchObject({
      status: 503,
      code: 'queue_unavailable',
    })
  })

  test('recorded jobs can still be read, listed, and waited for', async () => {
    const record = aJobRecord({ client: 'local' })
    await gateway.deps.jobStore.create(record)
    expect((await gateway.app.inject(`/v1/jobs/${record.id}`)).json()).toMatchObject({ status: 'queued' })
    expect((await gateway.app.inject('/v1/jobs')).json().data).toHaveLength(1)
    const poll = gateway.app.inject(`/v1/jobs/${record.id}?wait=15`)
    await gateway.deps.jobStore.finish(record.id, {
      status: 'canceled',
      at: new Date(),
      error: Object.assign(new Error('x'), { code: 'x' }) as never,
    })
    expect((await poll).json()).toMatchObject({ status: 'canceled' })
  })
})

test('a job that is recorded and cannot be queued is accepted all the same', async () => {
  const { jobQueue } = gateway.deps
  const full = { ...jobQueue, enqueue: async () => Promise.reject(new Error('OOM command not allowed')) }
  await using other = await startGateway(redis.url, { jobQueue: full })
  const post = () => other.app.inject({ method: 'POST', url: '/v1/jobs', ...imageForm() })
  const answer = await post()
  expect(answer.statusCode).toBe(202)
  expect(await other.deps.jobStore.get(answer.json().id)).toMatchObject({ status: 'queued' })
  expect((await post()).statusCode).toBe(503)
})

test('a full store refuses the submit, and nothing is queued', async () => {
  const { LupaError } = await import('@lupa/core/domain/errors')
  const full = async () => Promise.reject(new LupaError('store_unavailable', 'The disk of /secret is full.'))
  await using other = await startGateway(redis.url, { jobStore: { ...gateway.deps.jobStore, create: full } })
  const answer = await other.app.inject({ method: 'POST', url: '/v1/jobs', ...imageForm() })
  expect(answer.statusCode).toBe(503)
  expect(answer.json()).toMatchObject({ code: 'store_unavailable' })
  expect(answer.body).not.toContain('/secret')
  expect((await other.deps.jobQueue.depth()).waiting).toBe(0)
})

test('a gateway takes images again once Redis is back', async () => {
  redis.process.kill('SIGSTOP')
  expect((await submit()).statusCode).toBe(503)
  redis.process.kill('SIGCONT')
  await expect.poll(async () => (await submit()).statusCode, { timeout: 10_000, interval: 300 }).toBe(202)
})
