import { createLogger } from '@lupa/core/runtime/logger'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { startRedisServer, type TestRedis } from '../../../packages/core/test/services/redis-server.ts'
import { type GatewayUnderTest, startGateway } from './gateway-under-test.ts'
import { imageForm } from './requests.ts'

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'

let redis: TestRedis
let gateway: GatewayUnderTest
let lines: Record<string, unknown>[] = []

beforeAll(async () => {
  redis = await startRedisServer()
  const destination = { write: (line: string) => void lines.push(JSON.parse(line)) }
  gateway = await startGateway(redis.url, {
    logger: createLogger('gateway', { level: 'info', pretty: false }, destination),
  })
})
afterAll(async () => {
  await gateway[Symbol.asyncDispose]()
  await redis[Symbol.asyncDispose]()
})
beforeEach(() => {
  lines = []
})

const submit = (headers: Record<string, string>) => {
  const form = imageForm()
  return gateway.app.inject({
    method: 'POST',
    url: '/v1/jobs',
    ...form,
    headers: { ...form.headers, ...headers },
  })
}

test('every line of a request bears its id, and the trace of its client', async () => {
  const traceparent = `00-${TRACE}-00f067aa0ba902b7-01`
  const { id } = (await submit({ 'x-request-id': 'mine-1', traceparent })).json()
  await gateway.app.inject({
    url: `/v1/jobs/${id}/nothing`,
    headers: { 'x-request-id': 'mine-2', traceparent },
  })
  expect(lines.map(({ request_id, trace_id, msg }) => ({ request_id, trace_id, msg }))).toEqual([
    { request_id: 'mine-1', trace_id: TRACE, msg: 'answered' },
    { request_id: 'mine-2', trace_id: TRACE, msg: 'request refused' },
    { request_id: 'mine-2', trace_id: TRACE, msg: 'answered' },
  ])
  expect(lines[0]).toMatchObject({ answered_id: id, status: 202 })
  expect(lines[2]).toMatchObject({ status: 404, code: 'route_not_found' })
})

test('a trace begins here when the client has none, and its job bears it too', async () => {
  const job = (await submit({})).json()
  expect(job.trace_id).toMatch(/^[\da-f]{32}$/)
  expect(lines).toMatchObject([{ trace_id: job.trace_id }])
})
