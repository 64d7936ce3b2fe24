import type { PushMetricExporter } from '@opentelemetry/sdk-metrics'
import type { SpanExporter } from '@opentelemetry/sdk-trace-base'

/** Told how each attempt to send went; an error, or that there was none. */
export type NoteSent = (failure: unknown) => void

/** What sends to one place. */
export interface Exporters {
  /** For people. */
  to: string
  traces: () => SpanExporter
  metrics: () => PushMetricExporter
}
