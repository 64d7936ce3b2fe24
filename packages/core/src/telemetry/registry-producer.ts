import { type HrTime, ValueType } from '@opentelemetry/api'
import { millisToHrTime } from '@opentelemetry/core'
import { emptyResource } from '@opentelemetry/resources'
import {
  AggregationTemporality,
  type DataPoint,
  DataPointType,
  type Histogram,
  InstrumentType,
  type MetricData,
  type MetricProducer,
  type PushMetricExporter,
} from '@opentelemetry/sdk-metrics'
import type { Registry } from 'prom-client'

type PromMetric = Awaited<ReturnType<Registry['getMetricsAsJSON']>>[number]
interface PromValue {
  value: number
  metricName?: string
  labels?: Partial<Record<string, string | number>>
}

/** The instruments of OpenTelemetry that Prometheus' counters and histograms are. */
export type Temporality = (instrument: InstrumentType) => AggregationTemporality

/** As the exporter wants it: all there has been, or what is new since the last time. */
export function temporalityOf(exporter: PushMetricExporter): Temporality {
  return (instrument) =>
    exporter.selectAggregationTemporality?.(instrument) ?? AggregationTemporality.CUMULATIVE
}

/** The metrics of a registry, as OpenTelemetry has them. Remembers what it gave last: one for each exporter. */
export function createRegistryProducer(
  registry: Registry,
  { temporality, nowMs = Date.now }: { temporality: Temporality; nowMs?: () => number },
): MetricProducer {
  const sinceLast = createSinceLast()
  const beganMs = nowMs()
  let lastMs = beganMs

  function toMetricData(metric: PromMetric, endMs: number): MetricData | undefined {
    const { name, help } = metric
    const values = metric.values as PromValue[]
    const descriptor = { name, description: help, unit: '', valueType: ValueType.DOUBLE }
    const timesOf = (isDelta: boolean) => ({
      startTime: millisToHrTime(isDelta ? lastMs : beganMs),
      endTime: millisToHrTime(endMs),
    })
    switch (metric.type as string) {
      case 'gauge':
        return {
          descriptor,
          aggregationTemporality: AggregationTemporality.CUMULATIVE,
          dataPointType: DataPointType.GAUGE,
          dataPoints: values.map(({ value, labels }) => point(value, labels, timesOf(false))),
        }
      case 'counter': {
        const aggregationTemporality = temporality(InstrumentType.COUNTER)
        const isDelta = aggregationTemporality === AggregationTemporality.DELTA
        const points = values.map(({ value, labels }) =>
          point(isDelta ? sinceLast(keyOf(name, labels), value) : value, labels, timesOf(isDelta)),
        )
        const dataPoints = isDelta ? points.filter(({ value }) => value !== 0) : points
        return {
          descriptor,
          aggregationTemporality,
          dataPointType: DataPointType.SUM,
          isMonotonic: true,
          dataPoints,
        }
      }
      case 'histogram': {
        const aggregationTemporality = temporality(InstrumentType.HISTOGRAM)
        const isDelta = aggregationTemporality === AggregationTemporality.DELTA
        const points = toHistograms(name, values, isDelta ? sinceLast : (_key, value) => value).map(
          ({ histogram, labels }) => point(histogram, labels, timesOf(isDelta)),
        )
        const dataPoints = isDelta ? points.filter(({ value }) => value.count > 0) : points
        return { descriptor, aggregationTemporality, dataPointType: DataPointType.HISTOGRAM, dataPoints }
      }
      default:
        return undefined
    }
  }

  return {
    async collect() {
      const collected = await registry.getMetricsAsJSON()
      const endMs = nowMs()
      const metrics = collected
        .flatMap((metric) => toMetricData(metric, endMs) ?? [])
        .filter(({ dataPoints }) => dataPoints.length > 0)
      lastMs = endMs
      return {
        // The reader puts its own in its place.
        resourceMetrics: { resource: emptyResource(), scopeMetrics: [{ scope: { name: 'lupa' }, metrics }] },
        errors: [],
      }
    },
  }
}

const keyOf = (name: string, labels: PromValue['labels'] = {}) =>
  [name, ...Object.entries(labels).flat()].join('\n')

function point<T>(
  value: T,
  labels: PromValue['labels'] = {},
  times: { startTime: HrTime; endTime: HrTime },
): DataPoint<T> {
  return { value, attributes: labels, ...times }
}

/** What a number that only grows has grown by; one that is smaller than before began anew. */
function createSinceLast(): (key: string, value: number) => number {
  const last = new Map<string, number>()
  return (key, value) => {
    const before = last.get(key) ?? 0
    last.set(key, value)
    return value < before ? value : value - before
  }
}

/** Prometheus counts in each bucket what is in those below it as well; OpenTelemetry does not. */
function toHistograms(name: string, values: PromValue[], grown: (key: string, value: number) => number) {
  const series = new Map<
    string,
    { labels: PromValue['labels']; bounds: number[]; sums: number[]; sum: number }
  >()
  for (const { value, metricName, labels: { le, ...labels } = {} } of values) {
    const key = keyOf(name, labels)
    const one = series.get(key) ?? { labels, bounds: [], sums: [], sum: 0 }
    series.set(key, one)
    if (metricName === `${name}_sum`) one.sum = grown(`${key}\nsum`, value)
    else if (metricName === `${name}_bucket`) {
      if (le !== '+Inf') one.bounds.push(Number(le))
      one.sums.push(grown(`${key}\n${le}`, value))
    }
  }
  return Array.from(series.values(), ({ labels, bounds, sums, sum }) => {
    const counts = sums.map((count, at) => count - (sums[at - 1] ?? 0))
    const histogram: Histogram = { buckets: { boundaries: bounds, counts }, sum, count: sums.at(-1) ?? 0 }
    return { labels, histogram }
  })
}
