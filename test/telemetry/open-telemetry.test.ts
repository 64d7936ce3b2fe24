import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createProcessRegistry } from '@lupa/core/metrics/process-registry'
import { readSettings } from '@lupa/core/runtime/env'
import { createLogger } from '@lupa/core/runtime/logger'
import { SharedSettings } from '@lupa/core/runtime/settings'
import { openTelemetry } from '@lupa/core/telemetry/open-telemetry'
import { toTelemetryConfig } from '@lupa/core/telemetry/telemetry-settings'
import { afterEach, expect, test, vi } from 'vitest'
import { startOtlpReceiver } from './otlp-receiver.ts'

const SERVICE = { name: 'lupa-test', version: '1.2.3', instance: 'test-1' }

afterEach(() => vi.unstubAllEnvs())

/** As a process that has these variables, which OpenTelemetry's packages read too. */
async function open(env: Record<string, string>) {
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value)
  const lines: Record<string, unknown>[] = []
  const destination = { write: (line: string) => void lines.push(JSON.parse(line)) }
  const logger = createLogger('test', { level: 'info', pretty: false }, destination)
  const config = toTelemetryConfig(readSettings(SharedSettings, env))
  return { lines, ...(await openTelemetry(config, SERVICE, logger)) }
}

test.each([
  ['http/protobuf', 'application/x-protobuf'],
  ['http/json', 'application/json'],
])('what a process leaves behind is sent when it ends, as %s', async (protocol, contentType) => {
  await using collector = await startOtlpReceiver()
  const telemetry = await open({
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
    OTEL_SERVICE_NAME: 'mine',
  })
  telemetry.exportMetrics(createProcessRegistry({ app: 'test', version: '1.2.3' }))
  await telemetry.tracing.span({ name: 'process jobs', kind: 'consumer' }, async () => {})
  await telemetry.close()
  expect(collector.spans).toMatchObject([{ service: 'mine', name: 'process jobs', parentSpanId: '' }])
  expect(collector.metrics.find(({ name }) => name === 'lupa_build_info')).toMatchObject({
    service: 'mine',
    type: 'gauge',
    points: [{ attributes: { app: 'test', version: '1.2.3' }, value: 1 }],
  })
  expect(new Set(collector.requests.map((request) => request.contentType))).toEqual(new Set([contentType]))
})

test('a sampler that takes none sends none, and the trace is known all the same', async () => {
  await using collector = await startOtlpReceiver()
  const telemetry = await open({
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_TRACES_SAMPLER: 'parentbased_always_off',
  })
  const { traceparent } = telemetry.tracing.begin({ name: 'request', kind: 'server' })
  expect(traceparent).toMatch(/^00-[\da-f]{32}-[\da-f]{16}-00$/)
  const parent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
  await telemetry.tracing.span({ name: 'asked for', kind: 'server', parent }, async () => {})
  await telemetry.tracing.span({ name: 'not asked for', kind: 'server' }, async () => {})
  await telemetry.close()
  expect(collector.spans.map(({ name }) => name)).toEqual(['asked for'])
})

test('a collector that never answers holds up nobody, and an end for two seconds', {
  timeout: 30_000,
}, async () => {
  const server = createServer(() => {}).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const telemetry = await open({
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  })
  const before = process.memoryUsage().heapUsed
  for (let at = 0; at < 20_000; at++)
    await telemetry.tracing.span({ name: 'request', kind: 'server' }, async () => {})
  globalThis.gc?.()
  expect((process.memoryUsage().heapUsed - before) / 1024 / 1024).toBeLessThan(100)
  const startedAt = performance.now()
  await telemetry.close()
  expect(performance.now() - startedAt).toBeLessThan(4000)
  server.closeAllConnections()
  server.close()
})

test('a collector that is away is told of once', { timeout: 30_000 }, async () => {
  const telemetry = await open({
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9',
    OTEL_EXPORTER_OTLP_TIMEOUT: '500',
    OTEL_BSP_SCHEDULE_DELAY: '50',
  })
  const warnings = () => telemetry.lines.filter(({ level }) => level === 'warn')
  await expect
    .poll(
      async () => {
        await telemetry.tracing.span({ name: 'request', kind: 'server' }, async () => {})
        return warnings().length
      },
      { timeout: 10_000 },
    )
    .toBe(1)
  await telemetry.tracing.span({ name: 'request', kind: 'server' }, async () => {})
  await telemetry.close()
  expect(warnings()).toMatchObject([
    { to: 'the OpenTelemetry collector', msg: 'traces or metrics could not be sent; they are dropped' },
  ])
})
