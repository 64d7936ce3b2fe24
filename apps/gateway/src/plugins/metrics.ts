import { statfs } from 'node:fs/promises'
import { ERRORS } from '@lupa/core/domain/errors'
import type { JobRecord } from '@lupa/core/domain/job'
import type { Admission } from '@lupa/core/jobs/admission'
import type { JobQueue } from '@lupa/core/jobs/job-queue'
import type { WorkerRegistry } from '@lupa/core/jobs/worker-registry'
import { type CountOutcome, createCountOutcome } from '@lupa/core/metrics/job-outcomes'
import { createMaximumGauge } from '@lupa/core/metrics/maximum-gauge'
import { createProcessRegistry } from '@lupa/core/metrics/process-registry'
import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { App } from '../app-type.ts'
import type { Health } from '../health.ts'
import { problemOf } from './errors.ts'

/** What the gateway counts, for Prometheus. Every label has few values, whatever clients send. */
export interface GatewayMetrics {
  registry: Registry
  countSubmit: CountSubmit
  countOutcome: CountOutcome
}

/** Counts a job that was accepted, or answered from the cache. */
export type CountSubmit = (record: JobRecord) => void

export function createGatewayMetrics({ version }: { version: string }): GatewayMetrics {
  const registry = createProcessRegistry({ app: 'gateway', version })
  const submitted = new Counter({
    name: 'lupa_jobs_submitted_total',
    help: 'Jobs accepted, by model, and by what the cache had: hit (answered at once), miss, or off (not asked).',
    labelNames: ['model', 'cache'],
    registers: [registry],
  })
  return {
    registry,
    countOutcome: createCountOutcome(registry),
    countSubmit({ model, cache, use_cache }) {
      submitted.inc({ model: model.name, cache: use_cache ? (cache ?? 'miss') : 'off' })
    },
  }
}

/** What is asked when the numbers are, for all to see; while it cannot be asked, there are none. */
export interface MeasuredService {
  jobQueue: JobQueue
  admission: Admission
  workers: WorkerRegistry
  health: Health
  queueLimit: number
  /** Folders of this machine that fill up, by what they hold. */
  folders: Readonly<Record<string, string>>
}

export function measureService(registry: Registry, service: MeasuredService): void {
  measureQueue(registry, service)
  measureWorkers(registry, service)
  measureDependencies(registry, service)
  measureDisk(registry, service.folders)
}

function measureQueue(registry: Registry, { jobQueue, admission, queueLimit }: MeasuredService): void {
  const depth = sharedAnswer(() => jobQueue.depth())
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
  const taken = new Gauge({
    name: 'lupa_queue_places_taken',
    help: 'Places on the queue that are taken, by jobs that wait or run.',
    registers: [registry],
    async collect() {
      taken.remove()
      const places = await admission.taken().catch(() => undefined)
      if (places !== undefined) taken.set(places)
    },
  })
  new Gauge({
    name: 'lupa_queue_places',
    help: 'Places on the queue: QUEUE_LIMIT.',
    registers: [registry],
  }).set(queueLimit)
}

function measureWorkers(registry: Registry, { workers }: MeasuredService): void {
  const list = sharedAnswer(() => workers.list())
  const alive = new Gauge({
    name: 'lupa_workers',
    help: 'Workers that are alive.',
    registers: [registry],
    async collect() {
      alive.remove()
      const now = await list()
      if (now) alive.set(now.length)
    },
  })
  const serving = new Gauge({
    name: 'lupa_model_workers',
    help: 'Workers that have loaded a version of a model, and those on which it could not be loaded.',
    labelNames: ['model', 'version', 'state'],
    registers: [registry],
    async collect() {
      serving.reset()
      for (const { name, version, failure } of (await list())?.flatMap(({ models }) => models) ?? []) {
        serving.inc({ model: name, version, state: failure === null ? 'loaded' : 'failed' })
      }
    },
  })
}

function measureDependencies(registry: Registry, { health }: MeasuredService): void {
  const report = sharedAnswer(() => health.report())
  const up = new Gauge({
    name: 'lupa_dependency_up',
    help: 'Whether Redis and the stores answered this process when these numbers were asked for.',
    labelNames: ['dependency'],
    registers: [registry],
    async collect() {
      for (const [dependency, { ok }] of Object.entries((await report())?.checks ?? {})) {
        up.set({ dependency }, ok ? 1 : 0)
      }
    },
  })
  const latency = new Gauge({
    name: 'lupa_dependency_latency_seconds',
    help: 'How long they took to answer.',
    labelNames: ['dependency'],
    registers: [registry],
    async collect() {
      for (const [dependency, { latencyMs }] of Object.entries((await report())?.checks ?? {})) {
        latency.set({ dependency }, latencyMs / 1000)
      }
    },
  })
}

function measureDisk(registry: Registry, folders: MeasuredService['folders']): void {
  const measure = (name: string, help: string, of: 'bavail' | 'blocks') => {
    const gauge: Gauge<'folder'> = new Gauge({
      name,
      help,
      labelNames: ['folder'],
      registers: [registry],
      async collect() {
        for (const [folder, path] of Object.entries(folders)) {
          const disk = await statfs(path).catch(() => undefined)
          if (disk) gauge.set({ folder }, disk[of] * disk.bsize)
        }
      },
    })
  }
  measure(
    'lupa_disk_free_bytes',
    'Free space on the disk that holds images or jobs; none where Azure holds them.',
    'bavail',
  )
  measure('lupa_disk_size_bytes', 'Size of the disk that holds images or jobs.', 'blocks')
}

/** One question for all metrics of a scrape; undefined when there is no answer. */
function sharedAnswer<T>(ask: () => Promise<T>): () => Promise<T | undefined> {
  let asking: Promise<T | undefined> | undefined
  return () => {
    asking ??= ask()
      .catch(() => undefined)
      .finally(() => {
        asking = undefined
      })
    return asking
  }
}

export function registerMetrics(app: App, { registry }: GatewayMetrics): void {
  const labelNames = ['route', 'method', 'status'] as const
  const duration = new Histogram({
    name: 'lupa_http_request_duration_seconds',
    help: 'Time from a request to its answer, waits included.',
    labelNames,
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    registers: [registry],
  })
  const longest = createMaximumGauge({
    name: 'lupa_http_request_duration_max_seconds',
    help: 'The longest time from a request to its answer in the last minute.',
    labelNames: ['route', 'method'],
    registry,
  })
  const inFlight = new Gauge({
    name: 'lupa_http_requests_in_flight',
    help: 'Requests that are being answered.',
    registers: [registry],
  })
  const refused = new Counter({
    name: 'lupa_http_problems_total',
    help: 'Requests that were refused or failed, by the code of the problem that was the answer.',
    labelNames: ['code'],
    registers: [registry],
  })
  // From the beginning, or the first of a kind would not be seen to be one more.
  for (const code of Object.keys(ERRORS)) refused.inc({ code }, 0)
  app.addHook('onRequest', (_request, reply, done) => {
    inFlight.inc()
    // Also when the client has gone away before its answer.
    reply.raw.once('close', () => inFlight.dec())
    done()
  })
  app.addHook('onResponse', (request, reply, done) => {
    const status = `${Math.floor(reply.statusCode / 100)}xx`
    // Only addresses that exist: a label per address asked for would have no end.
    const route = request.routeOptions.url ?? 'none'
    const { method } = request
    duration.observe({ route, method, status }, reply.elapsedTime / 1000)
    longest.note({ route, method }, reply.elapsedTime / 1000)
    const code = problemOf(reply)
    if (code) refused.inc({ code })
    done()
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
