import type { Logger } from '../runtime/logger.ts'
import { NO_TELEMETRY, type Telemetry } from './telemetry.ts'
import type { TelemetryConfig } from './telemetry-settings.ts'

/** Who speaks: OpenTelemetry's `service.name`, `service.version` and `service.instance.id`. */
export interface Service {
  name: string
  version: string
  instance: string
}

/** Imported on demand: without a place to send to, nothing of OpenTelemetry is loaded. */
export async function openTelemetry(
  config: TelemetryConfig,
  service: Service,
  logger: Logger,
): Promise<Telemetry> {
  if (!config) return NO_TELEMETRY
  const { createOtelTelemetry } = await import('./otel-telemetry.ts')
  return createOtelTelemetry(config, service, logger)
}
