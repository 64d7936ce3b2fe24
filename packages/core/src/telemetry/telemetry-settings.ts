import { z } from 'zod'
import { flag, integer } from '../runtime/env.ts'

/** OpenTelemetry's own variables, by its names; its packages read further ones themselves. */
export const TELEMETRY_SETTINGS = {
  APPLICATIONINSIGHTS_CONNECTION_STRING: z
    .string()
    .regex(
      /(^|;)\s*InstrumentationKey=[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}\s*(;|$)/i,
      'must hold InstrumentationKey=…, as the overview of the Application Insights resource shows it',
    )
    .optional()
    .describe('Sends traces and metrics to this Application Insights.'),
  OTEL_EXPORTER_OTLP_ENDPOINT: z
    .url({ protocol: /^https?$/, error: 'must be an http:// or https:// URL' })
    .optional()
    .describe('Sends traces and metrics to this OpenTelemetry collector: http://localhost:4318'),
  OTEL_EXPORTER_OTLP_HEADERS: z
    .string()
    .optional()
    .describe('What the collector wants to see in each request, by comma: `api-key=…`'),
  OTEL_EXPORTER_OTLP_PROTOCOL: z
    .enum(['http/protobuf', 'http/json'])
    .default('http/protobuf')
    .describe('How it is spoken to.'),
  OTEL_TRACES_EXPORTER: z.enum(['otlp', 'none']).default('otlp').describe('`none` sends no traces.'),
  OTEL_METRICS_EXPORTER: z
    .enum(['otlp', 'none'])
    .default('otlp')
    .describe('`none` sends no metrics; `/metrics` has them anyway.'),
  OTEL_METRIC_EXPORT_INTERVAL: integer(1000, 3_600_000)
    .default(60_000)
    .describe('How often metrics are sent, in milliseconds.'),
  OTEL_TRACES_SAMPLER: z
    .enum([
      'always_on',
      'always_off',
      'traceidratio',
      'parentbased_always_on',
      'parentbased_always_off',
      'parentbased_traceidratio',
    ])
    .default('parentbased_always_on')
    .describe('Which requests are traced.'),
  OTEL_TRACES_SAMPLER_ARG: z.coerce
    .number()
    .min(0)
    .max(1)
    .optional()
    .describe('Which part of them, for the samplers with a ratio: `0.1` is every tenth.'),
  OTEL_SERVICE_NAME: z
    .string()
    .optional()
    .describe('How the service is called there; default: `lupa-gateway` and `lupa-worker`.'),
  OTEL_RESOURCE_ATTRIBUTES: z
    .string()
    .optional()
    .describe('What else is said of it, by comma: `deployment.environment.name=staging`'),
  OTEL_SDK_DISABLED: flag().default(false).describe('Sends nothing, whatever else is set.'),
}

/** Null: nothing is sent, and nothing of OpenTelemetry is loaded. */
export type TelemetryConfig = {
  applicationInsights: string | null
  otlp: { encoding: 'protobuf' | 'json' } | null
  traces: boolean
  metrics: { everyMs: number } | null
} | null

const TelemetrySettings = z.object(TELEMETRY_SETTINGS)

export function toTelemetryConfig(settings: z.output<typeof TelemetrySettings>): TelemetryConfig {
  const applicationInsights = settings.APPLICATIONINSIGHTS_CONNECTION_STRING ?? null
  const endpoint = settings.OTEL_EXPORTER_OTLP_ENDPOINT
  const traces = settings.OTEL_TRACES_EXPORTER !== 'none'
  const sendsMetrics = settings.OTEL_METRICS_EXPORTER !== 'none'
  const isWanted = (applicationInsights || endpoint) && (traces || sendsMetrics)
  if (settings.OTEL_SDK_DISABLED || !isWanted) return null
  const isJson = settings.OTEL_EXPORTER_OTLP_PROTOCOL === 'http/json'
  return {
    applicationInsights,
    otlp: endpoint ? { encoding: isJson ? 'json' : 'protobuf' } : null,
    traces,
    metrics: sendsMetrics ? { everyMs: settings.OTEL_METRIC_EXPORT_INTERVAL } : null,
  }
}
