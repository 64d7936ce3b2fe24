import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { distinct, type Lupa, post, startLupa } from '../end-to-end/lupa.ts'
import { type Ingestion, startIngestion } from './ingestion.ts'

const picture = readFileSync(join(import.meta.dirname, '../../models/bottle-status/samples/aberta-1.jpg'))
const SOON = { timeout: 30_000, interval: 100 }

let insights: Ingestion
let silent: Awaited<ReturnType<typeof startSilentCollector>>
let lupa: Lupa

beforeAll(async () => {
  insights = await startIngestion()
  silent = await startSilentCollector()
  lupa = await startLupa({
    WORKERS: '1',
    WORKER_SLOTS: '1',
    APPLICATIONINSIGHTS_CONNECTION_STRING: insights.connectionString,
    OTEL_EXPORTER_OTLP_ENDPOINT: silent.url,
    OTEL_METRIC_EXPORT_INTERVAL: '1000',
    OTEL_BSP_SCHEDULE_DELAY: '200',
    // Microsoft's package asks a server of theirs for its settings: not from a test.
    HTTPS_PROXY: 'http://127.0.0.1:9',
    NO_PROXY: '127.0.0.1',
    NODE_EXTRA_CA_CERTS: insights.certificateFile,
  })
}, 180_000)
afterAll(async () => {
  await lupa[Symbol.asyncDispose]()
  await silent[Symbol.asyncDispose]()
  await insights[Symbol.asyncDispose]()
})

async function predict(mark: string) {
  const { body } = await post(`${lupa.url}/v1/jobs`, distinct(picture, mark), {
    headers: { prefer: 'wait=20' },
  })
  return body
}

test('Application Insights sees one operation, and the metrics, while a collector beside it hangs', {
  timeout: 60_000,
}, async () => {
  const job = await predict('insights')
  expect(job).toMatchObject({ status: 'succeeded' })
  const ofJob = () => insights.envelopes.filter(({ tags }) => tags['ai.operation.id'] === job.trace_id)
  const told = () =>
    ofJob().map(
      ({ tags, data: { baseType, baseData } }) => `${tags['ai.cloud.role']} ${baseType} ${baseData.name}`,
    )
  await expect
    .poll(told, SOON)
    .toEqual(
      expect.arrayContaining([
        'lupa-gateway RequestData POST /v1/jobs',
        'lupa-gateway RemoteDependencyData send jobs',
        'lupa-worker RequestData process jobs',
        'lupa-worker RemoteDependencyData inference',
        'lupa-worker RemoteDependencyData finish job_store',
      ]),
    )
  const process = ofJob().find(({ data }) => data.baseData.name === 'process jobs')
  const sent = ofJob().find(({ data }) => data.baseData.name === 'send jobs')
  expect(process?.tags['ai.operation.parentId']).toBe(sent?.data.baseData.id)

  const metrics = () =>
    insights.envelopes.flatMap(({ data: { baseType, baseData } }) =>
      baseType === 'MetricData' ? (baseData.metrics ?? []) : [],
    )
  await expect
    .poll(() => metrics().map(({ name }) => name), SOON)
    .toEqual(
      expect.arrayContaining(['lupa_queue_jobs', 'lupa_job_duration_seconds', 'lupa_jobs_finished_total']),
    )
  // What is new each time, not all there has been: Application Insights adds it up.
  const finished = metrics().filter(({ name }) => name === 'lupa_jobs_finished_total')
  expect(finished.reduce((sum, { value }) => sum + value, 0)).toBe(1)
  expect(new Set(insights.paths)).toEqual(new Set(['/v2.1/track']))
  expect(silent.requests()).toBeGreaterThan(0)
})

test('an Application Insights that fails is told of once, and takes nothing from a job', {
  timeout: 60_000,
}, async () => {
  insights.answer(500)
  await expect.poll(insights.refused, SOON).toBeGreaterThan(0)
  const startedAt = performance.now()
  for (let at = 0; at < 10; at++) expect(await predict(`away ${at}`)).toMatchObject({ status: 'succeeded' })
  expect(performance.now() - startedAt).toBeLessThan(20_000)
  const warnings = () =>
    lupa
      .log()
      .split('\n')
      .filter((line) => line.includes('could not be sent') && line.includes('Application Insights'))
  await expect.poll(() => warnings().length, SOON).toBe(2)
  insights.answer(200)
  await expect.poll(() => lupa.log(), SOON).toContain('traces and metrics are taken again')
  expect(warnings()).toHaveLength(2)
})

test('neither keeps a process from ending', { timeout: 60_000 }, async () => {
  await predict('the last')
  insights.answer(500)
  const startedAt = performance.now()
  expect(await lupa.stop()).toBe(0)
  expect(performance.now() - startedAt).toBeLessThan(15_000)
  expect(lupa.log()).not.toMatch(/uncaught|unhandled/i)
})

/** Takes every request, and answers none. */
async function startSilentCollector() {
  let requests = 0
  const server = createServer(() => void (requests += 1)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: () => requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
    },
  }
}
