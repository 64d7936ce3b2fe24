import type { JobRecord } from '@lupa/core/domain/job'
import type { JobQueue, QueueDepth } from '@lupa/core/jobs/job-queue'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { App } from '../app-type.ts'

/** What the gateway counts, for Prometheus. */
export interface GatewayMetrics {
  registry: Registry
  countSubmit(record: JobRecord): void
}

export function createGatewayMetrics({ jobQueue }: { jobQueue: JobQueue }): GatewayMetrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const submitted = new Counter({
    name: 'lupa_jobs_submitted_total',
    help: 'Jobs accepted, by model.',
    labelNames: ['model'],
    registers: [registry],
  })
  const hits = new Counter({
    name: 'lupa_cache_hits_total',
    help: 'Jobs answered from the cache when they were submitted, by model.',
    labelNames: ['model'],
    registers: [registry],
  })
  measureQueue(jobQueue, registry)
  return {
    registry,
    countSubmit({ model, cache }) {
      submitted.inc({ model: model.name })
      if (cache === 'hit') hits.inc({ model: model.name })
    },
  }
}

/** The queue is asked when the numbers are; while it cannot be, there are none. */
function measureQueue(jobQueue: JobQueue, registry: Registry): void {
  let asking: Promise<QueueDepth | undefined> | undefined
  function depth() {
    asking ??= jobQueue
      .depth()
      .catch(() => undefined)
      .finally(() => {
        asking = undefined
      })
    return asking
  }

  const jobs = new Gauge({
    name: 'lupa_queue_jobs',
    help: 'Jobs on the queue: waiting, delayed (for their next attempt), running.',
    labelNames: ['state'],
    registers: [registry],
    async collect() {
      jobs.reset()
      const now = await depth()
      if (!now) return
      jobs.set({ state: 'waiting' }, now.waiting)
      jobs.set({ state: 'delayed' }, now.delayed)
      jobs.set({ state: 'running' }, now.running)
    },
  })
  const oldest = new Gauge({
    name: 'lupa_queue_oldest_seconds',
    help: 'How long the oldest waiting job has waited; 0 when none waits.',
    registers: [registry],
    async collect() {
      oldest.remove()
      const now = await depth()
      if (now) oldest.set((now.oldestWaitingMs ?? 0) / 1000)
    },
  })
}

export function registerMetrics(app: App, { registry }: GatewayMetrics): void {
  const duration = new Histogram({
    name: 'lupa_http_request_seconds',
    help: 'Time from a request to its answer, waits included.',
    labelNames: ['route', 'method', 'status'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    registers: [registry],
  })
  app.addHook('onResponse', async (request, reply) => {
    const status = `${Math.floor(reply.statusCode / 100)}xx`
    // Only addresses that exist: a label per address asked for would have no end.
    const route = request.routeOptions.url ?? 'none'
    duration.observe({ route, method: request.method, status }, reply.elapsedTime / 1000)
  })

  app.get(
    '/metrics',
    { config: { scope: 'metrics:read' }, schema: { hide: true } },
    async (_request, reply) =>
      reply
        .type(registry.contentType)
        .serializer(String)
        .send(await registry.metrics()),
  )
}
