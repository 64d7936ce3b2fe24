import { type ExportResult, ExportResultCode } from '@opentelemetry/core'
import type { Exporters, NoteSent } from './exporters.ts'

/** Where to, with which headers and for how long, they read from the environment themselves. */
export async function createOtlpExporters(
  { encoding }: { encoding: 'protobuf' | 'json' },
  noteSent: NoteSent,
): Promise<Exporters> {
  const [{ OTLPTraceExporter }, { OTLPMetricExporter }] =
    encoding === 'json'
      ? await Promise.all([
          import('@opentelemetry/exporter-trace-otlp-http'),
          import('@opentelemetry/exporter-metrics-otlp-http'),
        ])
      : await Promise.all([
          import('@opentelemetry/exporter-trace-otlp-proto'),
          import('@opentelemetry/exporter-metrics-otlp-proto'),
        ])
  return {
    to: 'the OpenTelemetry collector',
    traces: () => watched(new OTLPTraceExporter(), noteSent),
    metrics: () => watched(new OTLPMetricExporter(), noteSent),
  }
}

interface Sender<T> {
  export(items: T, done: (result: ExportResult) => void): void
}

function watched<T, S extends Sender<T>>(exporter: S & Sender<T>, noteSent: NoteSent): S {
  const send = exporter.export.bind(exporter)
  exporter.export = (items, done) =>
    send(items, (result) => {
      noteSent(result.code === ExportResultCode.SUCCESS ? undefined : (result.error ?? 'no reason was given'))
      done(result)
    })
  return exporter
}
