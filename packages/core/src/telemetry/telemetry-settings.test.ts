import { expect, test } from 'vitest'
import { z } from 'zod'
import { readSettings } from '../runtime/env.ts'
import { TELEMETRY_SETTINGS, toTelemetryConfig } from './telemetry-settings.ts'

const CONNECTION_STRING =
  'InstrumentationKey=00000000-0000-4000-8000-000000000001;IngestionEndpoint=https://in.example.com/'
const read = (env: NodeJS.ProcessEnv) => toTelemetryConfig(readSettings(z.object(TELEMETRY_SETTINGS), env))

test('nothing is sent unless somebody says where to', () => {
  expect(read({})).toBeNull()
  expect(read({ OTEL_SERVICE_NAME: 'lupa', OTEL_EXPORTER_OTLP_ENDPOINT: '' })).toBeNull()
})

test('to a collector, to Application Insights, or to both', () => {
  const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://localhost:4318' }
  expect(read(endpoint)).toEqual({
    applicationInsights: null,
    otlp: { encoding: 'protobuf' },
    traces: true,
    metrics: { everyMs: 60_000 },
  })
  expect(
    read({
      ...endpoint,
      APPLICATIONINSIGHTS_CONNECTION_STRING: CONNECTION_STRING,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_METRICS_EXPORTER: 'none',
    }),
  ).toEqual({
    applicationInsights: CONNECTION_STRING,
    otlp: { encoding: 'json' },
    traces: true,
    metrics: null,
  })
  expect(read({ ...endpoint, OTEL_SDK_DISABLED: 'true' })).toBeNull()
  expect(read({ ...endpoint, OTEL_TRACES_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'none' })).toBeNull()
})

test.each([
  ['OTEL_EXPORTER_OTLP_PROTOCOL', 'grpc', /grpc.*"http\/protobuf"/],
  ['OTEL_EXPORTER_OTLP_ENDPOINT', 'localhost:4317', /must be an http/],
  ['OTEL_TRACES_SAMPLER', 'sometimes', /sometimes.*"traceidratio"/],
  ['OTEL_TRACES_SAMPLER_ARG', '2', /OTEL_TRACES_SAMPLER_ARG="2".*<=1/],
])('%s=%s is refused with what it may be', (name, value, told) => {
  expect(() => read({ [name]: value })).toThrow(told)
})

test('a connection string that is none is refused, and not shown', () => {
  const readIt = () => read({ APPLICATIONINSIGHTS_CONNECTION_STRING: 'the-key-alone' })
  expect(readIt).toThrow(/\(hidden\).*InstrumentationKey=/)
  expect(readIt).not.toThrow(/the-key-alone/)
})
