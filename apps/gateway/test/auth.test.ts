import { afterAll, beforeAll, expect, test } from 'vitest'
import { startRedisServer, type TestRedis } from '../../../packages/core/test/services/redis-server.ts'
import { type GatewayUnderTest, startGateway } from './gateway-under-test.ts'
import { imageForm } from './requests.ts'

let redis: TestRedis
let gateway: GatewayUnderTest

beforeAll(async () => {
  redis = await startRedisServer()
  gateway = await startGateway(redis.url, { env: { API_USERNAME: 'ana', API_PASSWORD: 'ção:1' } })
})
afterAll(async () => {
  await gateway[Symbol.asyncDispose]()
  await redis[Symbol.asyncDispose]()
})

const basic = (pair: string) => `Basic ${Buffer.from(pair).toString('base64')}`

test.each([
  '/',
  '/v1/jobs',
  '/v1/jobs/x',
  '/v1/models',
  '/v1/queue',
  '/v1/webhooks/secret',
  '/metrics',
  '/openapi.json',
  '/nothing',
])('%s asks for credentials', async (url) => {
  const answer = await gateway.app.inject(url)
  expect(answer.statusCode).toBe(401)
  expect(answer.headers).toMatchObject({
    'www-authenticate': 'Basic realm="Lupa", charset="UTF-8", Bearer realm="Lupa"',
    'content-type': 'application/problem+json',
  })
  expect(answer.json()).toMatchObject({
    code: 'unauthorized',
    detail: expect.stringContaining('-u user:password'),
  })
})

test.each(['/livez', '/readyz', '/health'])('%s asks for none', async (url) => {
  expect((await gateway.app.inject(url)).statusCode).toBe(200)
})

test.each(['ana', 'ana:', ':ção:1', 'ana:ção', 'ana:ção:2', 'Ana:ção:1', 'ana:ção:1 '])(
  '%j is refused',
  async (pair) => {
    const answer = await gateway.app.inject({ url: '/v1/jobs', headers: { authorization: basic(pair) } })
    expect(answer.statusCode).toBe(401)
  },
)

test('the right pair makes the client whose jobs they are', async () => {
  const authorization = basic('ana:ção:1')
  const { headers, payload } = imageForm()
  const request = {
    method: 'POST',
    url: '/v1/jobs',
    headers: { ...headers, authorization },
    payload,
  } as const
  const { id } = (await gateway.app.inject(request)).json()
  expect((await gateway.deps.jobStore.get(id))?.client).toBe('basic:ana')
  expect((await gateway.app.inject({ url: `/v1/jobs/${id}`, headers: { authorization } })).statusCode).toBe(
    200,
  )
})

test('nobody uploads without credentials', async () => {
  const answer = await gateway.app.inject({ method: 'POST', url: '/v1/jobs', ...imageForm() })
  expect(answer.statusCode).toBe(401)
})

test('health keeps its details for those who may use the service', async () => {
  expect((await gateway.app.inject('/health')).json()).toEqual({ status: 'ready' })
  const known = await gateway.app.inject({ url: '/health', headers: { authorization: basic('ana:ção:1') } })
  expect(known.json()).toMatchObject({
    status: 'ready',
    version: '1.2.3',
    checks: { redis: { ok: true } },
    workers: 0,
  })
})
