import { setTimeout as sleep } from 'node:timers/promises'
import { detectResources, envDetector, type Resource, resourceFromAttributes } from '@opentelemetry/resources'
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics'
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base'
import type { Registry } from 'prom-client'
import type { Logger } from '../runtime/logger.ts'
import type { Exporters, NoteSent } from './exporters.ts'
import type { Service } from './open-telemetry.ts'
import { createOtelTracing } from './otel-tracing.ts'
import { createRegistryProducer, temporalityOf } from './registry-producer.ts'
import type { Telemetry } from './telemetry.ts'
import type { TelemetryConfig } from './telemetry-settings.ts'
import { NO_TRACING } from './tracing.ts'

/** A process that ends does not wait longer for whoever does not take what is left. */
const FLUSH_MS = 2000

/**
 * Sends in the background, a batch at a time, of which so many may wait; what is more is dropped. Nobody
 * ever waits for it but the end of the process, and not for long.
 */
export async function createOtelTelemetry(
  config: NonNullable<TelemetryConfig>,
  service: Service,
  logger: Logger,
): Promise<Telemetry> {
  const resource = toResource(service)
  const exporters = await createExporters(config, logger)
  const tracerProvider = new BasicTracerProvider({
    resource,
    spanProcessors: config.traces ? exporters.map(({ traces }) => new BatchSpanProcessor(traces())) : [],
  })
  const meterProviders: MeterProvider[] = []
  logger.info({ to: exporters.map(({ to }) => to) }, 'traces and metrics are sent')

  function exportMetrics(registry: Registry): void {
    if (!config.metrics) return
    const { everyMs } = config.metrics
    const readers = exporters.map(({ metrics }) => {
      const exporter = metrics()
      return new PeriodicExportingMetricReader({
        exporter,
        exportIntervalMillis: everyMs,
        metricProducers: [createRegistryProducer(registry, { temporality: temporalityOf(exporter) })],
      })
    })
    meterProviders.push(new MeterProvider({ resource, readers }))
  }

  return {
    tracing: config.traces
      ? createOtelTracing(tracerProvider.getTracer('lupa', service.version))
      : NO_TRACING,
    exportMetrics,
    async close() {
      const providers = [tracerProvider, ...meterProviders]
      const flushed = Promise.allSettled(providers.map((provider) => provider.shutdown()))
      const patience = new AbortController()
      await Promise.race([flushed, sleep(FLUSH_MS, undefined, { signal: patience.signal }).catch(() => {})])
      patience.abort()
    },
  }
}

/** What the environment says goes before what we would say ourselves. */
function toResource({ name, version, instance }: Service): Resource {
  const ours = resourceFromAttributes({
    'service.name': name,
    'service.version': version,
    'service.instance.id': instance,
  })
  return ours.merge(detectResources({ detectors: [envDetector] }))
}

async function createExporters(
  { applicationInsights, otlp }: NonNullable<TelemetryConfig>,
  logger: Logger,
): Promise<Exporters[]> {
  const made: Exporters[] = []
  if (applicationInsights) {
    const { createAzureMonitorExporters } = await import('./azure-monitor-exporters.ts')
    made.push(await createAzureMonitorExporters(applicationInsights, telling('Application Insights', logger)))
  }
  if (otlp) {
    const { createOtlpExporters } = await import('./otlp-exporters.ts')
    made.push(await createOtlpExporters(otlp, telling('the OpenTelemetry collector', logger)))
  }
  return made
}

/** Once each, however long it was. */
function telling(to: string, logger: Logger): NoteSent {
  let isAway = false
  return (failure) => {
    const isNow = failure !== undefined
    if (isNow === isAway) return
    isAway = isNow
    if (isNow)
      logger.warn({ to, reason: toWords(failure) }, 'traces or metrics could not be sent; they are dropped')
    else logger.info({ to }, 'traces and metrics are taken again')
  }
}

const toWords = (failure: unknown) => (failure instanceof Error ? failure.message : String(failure))
