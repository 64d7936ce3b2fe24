import { once } from 'node:events'
import { LupaError } from '@lupa/core/domain/errors'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startRedisServer, type TestRedis } from '../../../packages/core/test/services/redis-server.ts'
import type { GatewayDeps } from '../src/app.ts'
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

const submit = (to = gateway) => to.app.inject({ method: 'POST', url: '/v1/jobs', ...imageForm() })
const health = async (to = gateway) => (await to.app.inject('/health')).json()

describe.each(['killed', 'hanging'])('with Redis %s', (how) => {
  test('every submit is refused within two seconds, and no more than a few wait at all', async () => {
    if (how === 'hanging') redis.process.kill('SIGSTOP')
    else {
      redis.process.kill('SIGKILL')
      await once(redis.process, 'exit')
    }
    const tookMs: number[] = []
    const client = async () => {
      for (let at = 0; at < 25; at++) {
        const beganMs = performance.now()
        const answer = await submit()
        tookMs.push(performance.now() - beganMs)
        expect(answer.statusCode).toBe(503)
        expect(answer.headers).toHaveProperty('retry-after')
        expect(answer.json().code).toBe('queue_unavailable')
      }
    }
    await Promise.all(Array.from({ length: 20 }, client))
    const sorted = tookMs.toSorted((a, b) => a - b)
    expect(sorted.at(Math.floor(sorted.length * 0.99))).toBeLessThan(2000)
    expect(sorted.at(-1)).toBeLessThan(5000)
    expect(sorted.at(sorted.length / 2)).toBeLessThan(200)
    expect((await health()).checks.redis.breaker).toMatchObject({
      state: 'open',
      last_error: { code: 'queue_unavailable' },
    })
  })
})

describe('a store that fails', () => {
  test.each(['job_store', 'image_store'])(
    '%s opens its breaker: submits are refused at once, reads go on, and it closes again',
    async (name) => {
      let isAway = true
      let asked = 0
      const away = new LupaError('store_unavailable', 'The disk of /secret is full.')
      const guard = async <T>(ask: () => Promise<T>): Promise<T> => {
        asked++
        if (isAway) throw away
        return ask()
      }
      const { jobStore, imageStore } = gateway.deps
      const failingJobStore: GatewayDeps['jobStore'] = {
        ...jobStore,
        create: (record) => guard(() => jobStore.create(record)),
        check: () => guard(() => jobStore.check()),
      }
      const failingImageStore: GatewayDeps['imageStore'] = {
        ...imageStore,
        put: (...image) => guard(() => imageStore.put(...image)),
        check: () => guard(() => imageStore.check()),
      }
      const overrides =
        name === 'job_store' ? { jobStore: failingJobStore } : { imageStore: failingImageStore }
      await using other = await startGateway(redis.url, { jobStore, imageStore, ...overrides })
      const kept = (await submit()).json()

      expect((await submit(other)).json()).toMatchObject({ status: 503, code: 'store_unavailable' })
      const askedOnce = asked
      for (let at = 0; at < 10; at++) {
        const beganMs = performance.now()
        const answer = await submit(other)
        expect(performance.now() - beganMs).toBeLessThan(500)
        expect(answer.json()).toMatchObject({ status: 503, code: 'store_unavailable' })
        expect(answer.headers).toHaveProperty('retry-after')
      }
      expect(asked).toBe(askedOnce)
      expect((await other.app.inject(`/v1/jobs/${kept.id}`)).statusCode).toBe(200)

      const report = await health(other)
      expect(report.status).toBe('not_ready')
      expect(report.checks[name]).toMatchObject({
        ok: false,
        breaker: { state: 'open', last_error: { code: 'store_unavailable' } },
      })
      expect(report.checks.redis.breaker).toMatchObject({ state: 'closed', last_error: null })
      expect(JSON.stringify(report)).not.toContain('/secret')

      isAway = false
      expect((await health(other)).checks[name]).toMatchObject({ ok: true, breaker: { state: 'closed' } })
      expect((await submit(other)).statusCode).toBe(202)
    },
  )
})
