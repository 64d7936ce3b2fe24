import type { Registry } from 'prom-client'
import { NO_TRACING, type Tracing } from './tracing.ts'

/** What a process tells of itself to OpenTelemetry. It takes nothing from what the process is there for. */
export interface Telemetry {
  tracing: Tracing
  /** Sends what is in the registry now and then, as `/metrics` would show it. */
  exportMetrics(registry: Registry): void
  /** Sends what is left, and gives up on that after a moment. */
  close(): Promise<void>
}

export const NO_TELEMETRY: Telemetry = {
  tracing: NO_TRACING,
  exportMetrics() {},
  async close() {},
}
