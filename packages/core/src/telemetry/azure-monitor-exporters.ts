import type { AzureMonitorTraceExporter } from '@azure/monitor-opentelemetry-exporter'
import { SpanKind } from '@opentelemetry/api'
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base'
import type { Exporters, NoteSent } from './exporters.ts'

type Options = NonNullable<ConstructorParameters<typeof AzureMonitorTraceExporter>[0]>
type PipelinePolicy = NonNullable<Options['additionalPolicies']>[number]['policy']

/** Without one, a request that nobody answers would be open for ever. */
const TIMEOUT_MS = 10_000

export async function createAzureMonitorExporters(
  connectionString: string,
  noteSent: NoteSent,
): Promise<Exporters> {
  // What the package would tell Microsoft of itself, and of the process it is in.
  process.env['APPLICATION_INSIGHTS_NO_STATSBEAT'] ??= 'true'
  process.env['APPLICATIONINSIGHTS_OPENTELEMETRY_RESOURCE_METRIC_DISABLED'] ??= 'true'
  const { AI_OPERATION_NAME, AzureMonitorMetricExporter, AzureMonitorTraceExporter } = await import(
    '@azure/monitor-opentelemetry-exporter'
  )
  const options: Options = {
    connectionString,
    // What could not be sent is dropped: it is not worth a disk that fills up.
    disableOfflineStorage: true,
    retryOptions: { maxRetries: 1, maxRetryDelayInMs: 1000 },
    additionalPolicies: [
      { policy: noting(noteSent), position: 'perCall' },
      { policy: patient, position: 'perRetry' },
    ],
  }
  /** It leaves operations without a name that begin with a message. */
  function named(span: ReadableSpan): ReadableSpan {
    if (span.kind !== SpanKind.CONSUMER) return span
    const attributes = { ...span.attributes, [AI_OPERATION_NAME]: span.name }
    return Object.create(span, { attributes: { value: attributes, enumerable: true } }) as ReadableSpan
  }

  return {
    to: 'Application Insights',
    traces() {
      const exporter = new AzureMonitorTraceExporter(options)
      const send = exporter.export.bind(exporter)
      exporter.export = (spans, done) => send(spans.map(named), done)
      return exporter
    },
    metrics: () => new AzureMonitorMetricExporter(options),
  }
}

const patient: PipelinePolicy = {
  name: 'lupa-timeout',
  sendRequest(request, next) {
    request.timeout = TIMEOUT_MS
    return next(request)
  },
}

/** The exporter calls what it dropped a success. */
function noting(noteSent: NoteSent): PipelinePolicy {
  return {
    name: 'lupa-note-sent',
    async sendRequest(request, next) {
      try {
        const response = await next(request)
        noteSent(response.status < 300 ? undefined : `it answered ${response.status}`)
        return response
      } catch (error) {
        noteSent(error)
        throw error
      }
    },
  }
}
