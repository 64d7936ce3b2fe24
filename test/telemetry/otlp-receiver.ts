import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { gunzipSync } from 'node:zlib'
import { decodeOtlp } from './otlp-proto.ts'

export interface ReceivedSpan {
  service: string
  name: string
  kind: string
  traceId: string
  spanId: string
  /** Empty: it begins its trace. */
  parentSpanId: string
  startMs: number
  endMs: number
  attributes: Record<string, unknown>
  isError: boolean
}

export interface ReceivedMetric {
  service: string
  name: string
  type: 'gauge' | 'sum' | 'histogram'
  points: {
    attributes: Record<string, unknown>
    value: number
    count?: number
    buckets?: number[]
    bounds?: number[]
  }[]
}

/** A collector that keeps what it is sent, in either encoding of OTLP over HTTP. */
export interface OtlpReceiver extends AsyncDisposable {
  url: string
  spans: ReceivedSpan[]
  metrics: ReceivedMetric[]
  /** Of all requests there were. */
  requests: { path: string; contentType: string; headers: Record<string, unknown> }[]
}

export async function startOtlpReceiver({ keep = true } = {}): Promise<OtlpReceiver> {
  const spans: ReceivedSpan[] = []
  const metrics: ReceivedMetric[] = []
  const requests: OtlpReceiver['requests'] = []
  const server = createServer(async (request, response) => {
    const { url: path = '', headers } = request
    const contentType = headers['content-type'] ?? ''
    const sent = await buffer(request)
    const body = headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent
    if (!keep) return void response.writeHead(200, { 'content-type': contentType }).end()
    requests.push({ path, contentType, headers })
    const isJson = contentType.startsWith('application/json')
    const read = (message: string): unknown =>
      isJson ? JSON.parse(body.toString()) : decodeOtlp(message, body)
    if (path === '/v1/traces') spans.push(...toSpans(read('ExportTraceServiceRequest') as Traces))
    if (path === '/v1/metrics') metrics.push(...toMetrics(read('ExportMetricsServiceRequest') as Metrics))
    response.writeHead(200, { 'content-type': contentType }).end(isJson ? '{}' : undefined)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    metrics,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
    },
  }
}

interface KeyValue {
  key: string
  value?: { stringValue?: string; boolValue?: boolean; intValue?: string | number; doubleValue?: number }
}
interface Resource {
  resource?: { attributes?: KeyValue[] }
}
interface Traces {
  resourceSpans?: (Resource & {
    scopeSpans?: { spans?: OtlpSpan[] }[]
  })[]
}
interface OtlpSpan {
  traceId: string | Uint8Array
  spanId: string | Uint8Array
  parentSpanId?: string | Uint8Array
  name: string
  kind: number
  startTimeUnixNano: string
  endTimeUnixNano: string
  attributes?: KeyValue[]
  status?: { code?: number }
}
interface Metrics {
  resourceMetrics?: (Resource & { scopeMetrics?: { metrics?: OtlpMetric[] }[] })[]
}
type OtlpMetric = { name: string } & Partial<
  Record<'gauge' | 'sum' | 'histogram', { dataPoints?: OtlpPoint[] }>
>
interface OtlpPoint {
  attributes?: KeyValue[]
  asDouble?: number
  asInt?: string
  sum?: number
  count?: string
  bucketCounts?: string[]
  explicitBounds?: number[]
}

const KINDS = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer']

function toSpans({ resourceSpans = [] }: Traces): ReceivedSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans = [] }) =>
    scopeSpans.flatMap(({ spans = [] }) =>
      spans.map((span) => ({
        service: String(toRecord(resource?.attributes)['service.name']),
        name: span.name,
        kind: KINDS[span.kind] ?? '',
        traceId: toHex(span.traceId),
        spanId: toHex(span.spanId),
        parentSpanId: toHex(span.parentSpanId),
        startMs: Number(span.startTimeUnixNano) / 1e6,
        endMs: Number(span.endTimeUnixNano) / 1e6,
        attributes: toRecord(span.attributes),
        isError: span.status?.code === 2,
      })),
    ),
  )
}

function toMetrics({ resourceMetrics = [] }: Metrics): ReceivedMetric[] {
  return resourceMetrics.flatMap(({ resource, scopeMetrics = [] }) =>
    scopeMetrics.flatMap(({ metrics = [] }) =>
      metrics.map((metric) => {
        const type = (['gauge', 'sum', 'histogram'] as const).find((each) => metric[each]) ?? 'gauge'
        return {
          service: String(toRecord(resource?.attributes)['service.name']),
          name: metric.name,
          type,
          points: (metric[type]?.dataPoints ?? []).map((point) => ({
            attributes: toRecord(point.attributes),
            value: point.asDouble ?? point.sum ?? Number(point.asInt ?? Number.NaN),
            ...(point.count !== undefined && { count: Number(point.count) }),
            ...(point.bucketCounts && { buckets: point.bucketCounts.map(Number) }),
            ...(point.explicitBounds && { bounds: point.explicitBounds }),
          })),
        }
      }),
    ),
  )
}

function toRecord(attributes: KeyValue[] = []): Record<string, unknown> {
  return Object.fromEntries(
    attributes.map(({ key, value = {} }) => [
      key,
      value.stringValue ??
        value.boolValue ??
        value.doubleValue ??
        (value.intValue === undefined ? undefined : Number(value.intValue)),
    ]),
  )
}

const toHex = (id: string | Uint8Array = '') =>
  typeof id === 'string' ? id : Buffer.from(id).toString('hex')
