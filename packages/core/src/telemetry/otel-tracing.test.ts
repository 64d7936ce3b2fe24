import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { expect, test } from 'vitest'
import { LupaError } from '../domain/errors.ts'
import { createOtelTracing } from './otel-tracing.ts'
import { tracedPort } from './traced-port.ts'
import { NO_TRACING } from './tracing.ts'

function startTracing() {
  const exporter = new InMemorySpanExporter()
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] })
  const tracing = createOtelTracing(provider.getTracer('test'))
  const spans = () =>
    exporter.getFinishedSpans().map((span) => ({
      name: span.name,
      spanId: span.spanContext().spanId,
      traceId: span.spanContext().traceId,
      parent: span.parentSpanContext?.spanId,
      status: span.status.code,
      attributes: span.attributes,
    }))
  return { tracing, spans }
}

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'

test('work within work is a span within a span, however late it is waited for', async () => {
  const { tracing, spans } = startTracing()
  await tracing.span({ name: 'request', kind: 'server' }, async () => {
    await new Promise((resolve) => setTimeout(resolve, 5))
    await tracing.span({ name: 'store', kind: 'client' }, async () => {})
  })
  const [store, request] = spans()
  expect(store).toMatchObject({ name: 'store', parent: request?.spanId, traceId: request?.traceId })
  expect(request).toMatchObject({ name: 'request', parent: undefined })
})

test('a traceparent is gone on with, and one that is none is not', async () => {
  const { tracing } = startTracing()
  const begin = (parent: string) => tracing.begin({ name: 'process', kind: 'consumer', parent })
  expect(begin(`00-${TRACE}-00f067aa0ba902b7-01`).traceparent).toMatch(
    new RegExp(`^00-${TRACE}-[\\da-f]{16}-01$`),
  )
  // Not sampled stays not sampled.
  expect(begin(`00-${TRACE}-00f067aa0ba902b7-00`).traceparent).toMatch(/-00$/)
  for (const none of ['', 'nonsense', `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`]) {
    expect(begin(none).traceId).toMatch(/^(?!0+$)(?!4bf92f)[\da-f]{32}$/)
  }
})

test('what belongs to nobody’s request is no trace: polls and sweeps tell nothing', async () => {
  const { tracing, spans } = startTracing()
  expect(
    await tracing.span({ name: 'store', kind: 'client' }, async ({ traceparent }) => traceparent),
  ).toBeNull()
  let later: (() => Promise<void>) | undefined
  await tracing.span({ name: 'request', kind: 'server' }, async (span) => {
    // As a subscription that the first request makes, and that lives on.
    later = () => span.within(() => tracing.span({ name: 'store', kind: 'client' }, async () => {}))
  })
  await later?.()
  expect(spans().map(({ name }) => name)).toEqual(['request'])
})

test('a failure is told by its kind, never by its words', async () => {
  const { tracing, spans } = startTracing()
  const failing = (error: Error) =>
    tracing.span({ name: 'process', kind: 'consumer' }, async () => {
      throw error
    })
  await expect(failing(new LupaError('image_unreadable', 'a secret name.jpg'))).rejects.toThrow(
    'a secret name',
  )
  await expect(failing(new TypeError('a secret'))).rejects.toThrow('a secret')
  expect(spans()).toMatchObject([
    { status: 2, attributes: { 'error.type': 'image_unreadable' } },
    { status: 2, attributes: { 'error.type': 'TypeError' } },
  ])
  expect(JSON.stringify(spans())).not.toContain('secret')
})

test('a port is wrapped where something is traced, and itself elsewhere', async () => {
  const { tracing, spans } = startTracing()
  const port = {
    get: async (id: string) => `image ${id}`,
    fileOf: (id: string) => `/images/${id}`,
  }
  const as = { target: 'job_store', dbSystem: 'sqlite' }
  expect(tracedPort(port, as, ['get'], NO_TRACING)).toBe(port)
  const traced = tracedPort(port, as, ['get'], tracing)
  await tracing.span({ name: 'request', kind: 'server' }, async () => {
    expect(await traced.get('1')).toBe('image 1')
    expect(traced.fileOf('1')).toBe('/images/1')
  })
  expect(spans()).toMatchObject([
    { name: 'get job_store', attributes: { 'db.system.name': 'sqlite', 'db.operation.name': 'get' } },
    { name: 'request' },
  ])
})
