import { afterAll, beforeAll, expect, test } from 'vitest'
import { startRedisServer, type TestRedis } from '../../../packages/core/test/services/redis-server.ts'
import { basic, bearer, makeClientKey } from './client-keys.ts'
import { type GatewayUnderTest, startGateway } from './gateway-under-test.ts'

let redis: TestRedis
let gateway: GatewayUnderTest
const ADMIN = basic('ana:secret')

beforeAll(async () => {
  redis = await startRedisServer()
  gateway = await startGateway(redis.url, { env: { API_USERNAME: 'ana', API_PASSWORD: 'secret' } })
})
afterAll(async () => {
  await gateway[Symbol.asyncDispose]()
  await redis[Symbol.asyncDispose]()
})

const call = (method: 'GET' | 'DELETE', url: string, headers: Record<string, string>) =>
  gateway.app.inject({ method, url, headers })

test('a client has all of its own erased, and sees how far that is; nobody else does but administrators', async () => {
  const [own, other] = await Promise.all(
    ['line-3', 'line-4'].map((client) => makeClientKey(gateway, { client })),
  )
  const asked = await call('DELETE', '/v1/clients/me/data', bearer(own?.key ?? ''))
  expect(asked.statusCode).toBe(202)
  expect(asked.json()).toEqual({
    id: expect.any(String),
    object: 'erasure',
    client: 'key:line-3',
    status: 'running',
    jobs: 0,
    created_at: expect.any(String),
    done_at: null,
  })
  const { location = '' } = asked.headers
  expect(location).toBe(`/v1/erasures/${asked.json().id}`)
  expect((await call('GET', location, bearer(own?.key ?? ''))).json()).toEqual(asked.json())
  expect((await call('GET', location, ADMIN)).json()).toEqual(asked.json())
  expect((await call('GET', location, bearer(other?.key ?? ''))).json()).toMatchObject({
    code: 'erasure_not_found',
  })
})

test('an administrator has all of a client erased, and the audit log tells of it', async () => {
  const url = `/v1/clients/${encodeURIComponent('key:line-5')}/data`
  const asked = await call('DELETE', url, ADMIN)
  expect(asked.json()).toMatchObject({ client: 'key:line-5', status: 'running' })
  expect((await gateway.deps.jobStore.listRunningErasures(10)).map(({ id }) => id)).toContain(asked.json().id)
  const [newest] = (await call('GET', '/v1/audit?limit=1', ADMIN)).json().data
  expect(newest).toMatchObject({ action: 'client.erased', target: 'key:line-5', client: 'basic:ana' })
})

test('nothing is begun that cannot be recorded', async () => {
  const jobStore = {
    ...gateway.deps.jobStore,
    addAuditRecord: async () => Promise.reject(new Error('disk full')),
  }
  await using failing = await startGateway(redis.url, { jobStore })
  const answer = await failing.app.inject({ method: 'DELETE', url: '/v1/clients/me/data' })
  expect(answer.statusCode).toBeGreaterThanOrEqual(500)
  const running = await gateway.deps.jobStore.listRunningErasures(10)
  expect(running.map(({ client }) => client)).not.toContain('local')
})
