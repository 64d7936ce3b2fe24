import type { AzureMonitorTraceExporter } from '@azure/monitor-opentelemetry-exporter'
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
  const { AzureMonitorMetricExporter, AzureMonitorTraceExporter } = await import(
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
  return {
    to: 'Application Insights',
    traces: () => new AzureMonitorTraceExporter(options),
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
