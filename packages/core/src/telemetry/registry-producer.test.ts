import { AggregationTemporality, DataPointType, type MetricData } from '@opentelemetry/sdk-metrics'
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import { expect, test } from 'vitest'
import { createRegistryProducer } from './registry-producer.ts'

const { CUMULATIVE, DELTA } = AggregationTemporality

function startMeasuring(temporality: AggregationTemporality) {
  const registry = new Registry()
  let nowMs = 1000
  const producer = createRegistryProducer(registry, { temporality: () => temporality, nowMs: () => nowMs })
  return {
    registry,
    async collect(atMs: number): Promise<Record<string, MetricData>> {
      nowMs = atMs
      const { resourceMetrics } = await producer.collect()
      const metrics = resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics)
      return Object.fromEntries(metrics.map((metric) => [metric.descriptor.name, metric]))
    },
  }
}

const valuesOf = (metric: MetricData | undefined) =>
  metric?.dataPoints.map(({ attributes, value }) => ({ attributes, value })) ?? []

test('a counter is a sum of all there has been, or of what is new', async () => {
  const all = startMeasuring(CUMULATIVE)
  const jobs = new Counter({
    name: 'jobs_total',
    help: 'Jobs',
    labelNames: ['model'],
    registers: [all.registry],
  })
  const fresh = startMeasuring(DELTA)
  fresh.registry.registerMetric(jobs)

  jobs.inc({ model: 'a' }, 3)
  jobs.inc({ model: 'b' }, 0)
  expect(valuesOf((await fresh.collect(2000))['jobs_total'])).toEqual([
    { attributes: { model: 'a' }, value: 3 },
  ])
  jobs.inc({ model: 'a' }, 2)
  const { jobs_total: sum } = await all.collect(5000)
  expect(sum).toMatchObject({
    dataPointType: DataPointType.SUM,
    isMonotonic: true,
    aggregationTemporality: CUMULATIVE,
  })
  expect(sum?.dataPoints[0]).toMatchObject({ value: 5, startTime: [1, 0], endTime: [5, 0] })

  const { jobs_total: news } = await fresh.collect(5000)
  expect(news?.dataPoints).toMatchObject([{ value: 2, startTime: [2, 0], endTime: [5, 0] }])
  expect((await fresh.collect(6000))['jobs_total']).toBeUndefined()
  // What it stands for was begun anew: children that took the place of others, say.
  jobs.reset()
  jobs.inc({ model: 'a' }, 1)
  expect(valuesOf((await fresh.collect(7000))['jobs_total'])).toEqual([
    { attributes: { model: 'a' }, value: 1 },
  ])
})

test('a gauge is as it is now, and is gone where it was removed', async () => {
  const fresh = startMeasuring(DELTA)
  const oldest = new Gauge({ name: 'oldest', help: 'Oldest', registers: [fresh.registry] })
  oldest.set(7)
  expect(valuesOf((await fresh.collect(2000))['oldest'])).toEqual([{ attributes: {}, value: 7 }])
  expect(valuesOf((await fresh.collect(3000))['oldest'])).toEqual([{ attributes: {}, value: 7 }])
  oldest.remove()
  expect((await fresh.collect(4000))['oldest']).toBeUndefined()
})

test('a histogram counts each value in one bucket', async () => {
  const all = startMeasuring(CUMULATIVE)
  const took = new Histogram({
    name: 'took_seconds',
    help: 'Time',
    labelNames: ['stage'],
    buckets: [0.1, 1, 10],
    registers: [all.registry],
  })
  const fresh = startMeasuring(DELTA)
  fresh.registry.registerMetric(took)
  for (const seconds of [0.05, 0.5, 0.5, 20]) took.observe({ stage: 'decode' }, seconds)
  took.observe({ stage: 'inference' }, 2)
  await fresh.collect(2000)
  took.observe({ stage: 'decode' }, 5)

  const boundaries = [0.1, 1, 10]
  expect(valuesOf((await all.collect(3000))['took_seconds'])).toEqual([
    {
      attributes: { stage: 'decode' },
      value: { buckets: { boundaries, counts: [1, 2, 1, 1] }, sum: 26.05, count: 5 },
    },
    {
      attributes: { stage: 'inference' },
      value: { buckets: { boundaries, counts: [0, 0, 1, 0] }, sum: 2, count: 1 },
    },
  ])
  expect(valuesOf((await fresh.collect(3000))['took_seconds'])).toEqual([
    {
      attributes: { stage: 'decode' },
      value: { buckets: { boundaries, counts: [0, 0, 1, 0] }, sum: 5, count: 1 },
    },
  ])
})
