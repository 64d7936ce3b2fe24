import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { distinct, type Lupa, post, startLupa, untilDone } from '../end-to-end/lupa.ts'
import { type OtlpReceiver, type ReceivedSpan, startOtlpReceiver } from './otlp-receiver.ts'

const picture = readFileSync(join(import.meta.dirname, '../../models/bottle-status/samples/aberta-1.jpg'))
const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const CLIENT_SPAN = '00f067aa0ba902b7'
const SECRET = 'a-token-in-the-address'
const SOON = { timeout: 30_000, interval: 100 }

let collector: OtlpReceiver
let lupa: Lupa

beforeAll(async () => {
  collector = await startOtlpReceiver()
  lupa = await startLupa({
    WORKERS: '1',
    WORKER_SLOTS: '1',
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_EXPORTER_OTLP_HEADERS: 'api-key=let-me-in',
    OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
    OTEL_METRIC_EXPORT_INTERVAL: '1000',
    OTEL_BSP_SCHEDULE_DELAY: '200',
  })
}, 180_000)
afterAll(async () => {
  await lupa[Symbol.asyncDispose]()
  await collector[Symbol.asyncDispose]()
})

test('from the request through the queue and the model to the webhook', { timeout: 60_000 }, async () => {
  await using receiver = await startWebhookReceiver()
  const { body: job } = await post(`${lupa.url}/v1/jobs`, distinct(picture, 'one trace'), {
    headers: { traceparent: `00-${TRACE}-${CLIENT_SPAN}-01`, prefer: 'wait=20' },
    fields: { webhook_url: `${receiver.url}?token=${SECRET}` },
    name: 'a private name.jpg',
  })
  expect(job).toMatchObject({ status: 'succeeded', trace_id: TRACE })
  expect(job).not.toHaveProperty('traceparent')

  const spans = () => collector.spans.filter(({ traceId }) => traceId === TRACE)
  await expect
    .poll(() => spans().map(({ service, name }) => `${service} ${name}`), SOON)
    .toEqual(expect.arrayContaining(['lupa-gateway POST /v1/jobs', 'lupa-worker process webhooks']))
  const find = (name: string, service?: string) =>
    spans().find((span) => span.name === name && (!service || span.service === service))
  const chain = (span: ReceivedSpan | undefined): string[] =>
    span ? [...chain(spans().find(({ spanId }) => spanId === span.parentSpanId)), span.name] : []

  const request = find('POST /v1/jobs')
  expect(request).toMatchObject({
    kind: 'server',
    parentSpanId: CLIENT_SPAN,
    attributes: {
      'http.request.method': 'POST',
      'http.route': '/v1/jobs',
      'http.response.status_code': 200,
      'lupa.request_id': job.id,
    },
  })
  expect(chain(find('put image_store'))).toEqual(['POST /v1/jobs', 'put image_store'])
  expect(chain(find('create job_store'))).toEqual(['POST /v1/jobs', 'create job_store'])
  const inWorker = ['POST /v1/jobs', 'send jobs', 'process jobs']
  expect(find('send jobs')).toMatchObject({ service: 'lupa-gateway', kind: 'producer' })
  expect(find('process jobs')).toMatchObject({
    service: 'lupa-worker',
    kind: 'consumer',
    attributes: {
      'messaging.destination.name': 'jobs',
      'messaging.message.id': job.id,
      'lupa.job.attempt': 1,
    },
  })
  for (const step of ['decode', 'preprocess', 'inference', 'postprocess']) {
    expect(chain(find(step))).toEqual([...inWorker, 'predict', step])
  }
  const steps = ['decode', 'preprocess', 'inference', 'postprocess'].map((step) => find(step))
  const predict = find('predict')
  for (const [at, step] of steps.entries()) {
    expect(step?.startMs).toBeGreaterThanOrEqual(steps[at - 1]?.endMs ?? (predict?.startMs ?? 0) - 2)
    expect(step?.endMs).toBeLessThanOrEqual((predict?.endMs ?? 0) + 2)
  }
  const inference = find('inference')
  expect((inference?.endMs ?? 0) - (inference?.startMs ?? 0)).toBeCloseTo(job.timings.inference_ms ?? -1, 0)
  expect(chain(find('finish job_store'))).toEqual([...inWorker, 'finish job_store'])
  const inWebhook = [...inWorker, 'send webhooks', 'process webhooks']
  const call = find('POST')
  expect(chain(call)).toEqual([...inWebhook, 'POST'])
  expect(call).toMatchObject({
    kind: 'client',
    attributes: { 'server.address': '127.0.0.1', 'http.response.status_code': 204 },
  })
  expect(chain(find('recordTry job_store'))).toEqual([...inWebhook, 'recordTry job_store'])
  expect(receiver.headers.map(({ traceparent }) => traceparent)).toEqual([`00-${TRACE}-${call?.spanId}-01`])

  const everything = JSON.stringify([collector.spans, collector.metrics])
  expect(everything).not.toContain(SECRET)
  expect(everything).not.toContain('a private name')
  expect(collector.requests[0]).toMatchObject({
    contentType: 'application/x-protobuf',
    headers: { 'api-key': 'let-me-in' },
  })
})

test('an answer from the cache is written behind in the trace of its request', {
  timeout: 60_000,
}, async () => {
  const image = distinct(picture, 'cached trace')
  await untilDone(lupa.url, (await post(`${lupa.url}/v1/jobs`, image)).body.id)
  const { body: job } = await post(`${lupa.url}/v1/jobs`, image)
  expect(job).toMatchObject({ status: 'succeeded', cache: 'hit' })
  const namesOf = () =>
    collector.spans.flatMap(({ traceId, name }) => (traceId === job.trace_id ? [name] : []))
  await expect.poll(namesOf, SOON).toEqual(expect.arrayContaining(['POST /v1/jobs', 'process answered']))
})

test('a request that has no trace begins one; what is refused is in it, and probes have none', {
  timeout: 60_000,
}, async () => {
  const before = collector.spans.length
  await fetch(`${lupa.url}/readyz`)
  const missing = await fetch(`${lupa.url}/v1/jobs/0199aaaa-0000-7000-8000-000000000000?token=${SECRET}`)
  expect(missing.status).toBe(400)
  const spans = () => collector.spans.slice(before).filter(({ kind }) => kind === 'server')
  await expect.poll(() => spans().map(({ name }) => name), SOON).toEqual(['GET /v1/jobs/:id'])
  expect(spans()[0]).toMatchObject({
    parentSpanId: '',
    isError: false,
    attributes: { 'http.response.status_code': 400 },
  })
  expect(collector.spans.map(({ name }) => name)).not.toContain('GET /readyz')
})

test('metrics are those of /metrics', { timeout: 60_000 }, async () => {
  await expect
    .poll(() => collector.metrics.map(({ service, name, type }) => `${service} ${name} ${type}`), SOON)
    .toEqual(
      expect.arrayContaining([
        'lupa-gateway lupa_jobs_submitted_total sum',
        'lupa-gateway lupa_http_request_duration_seconds histogram',
        'lupa-gateway lupa_queue_jobs gauge',
        'lupa-worker lupa_job_stage_duration_seconds histogram',
        'lupa-worker process_cpu_seconds_total sum',
      ]),
    )
  const inference = () =>
    collector.metrics
      .findLast(({ name }) => name === 'lupa_job_stage_duration_seconds')
      ?.points.find(({ attributes }) => attributes['stage'] === 'inference')
  await expect.poll(() => inference()?.count, SOON).toBe(2)
  const { buckets = [], bounds = [], value } = inference() ?? {}
  expect(buckets.reduce((sum, count) => sum + count, 0)).toBe(2)
  expect(buckets).toHaveLength(bounds.length + 1)
  expect(value).toBeGreaterThan(0)
})

async function startWebhookReceiver() {
  const headers: IncomingHttpHeaders[] = []
  const server = createServer((request, response) => {
    headers.push(request.headers)
    request.resume().on('end', () => response.writeHead(204).end())
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    headers,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
    },
  }
}
