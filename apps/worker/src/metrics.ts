import type { ErrorCode } from '@lupa/core/domain/errors'
import { isTerminal, type JobRecord } from '@lupa/core/domain/job'
import type { TellOutcome } from '@lupa/core/jobs/tell-outcome'
import { counting, createCountOutcome } from '@lupa/core/metrics/job-outcomes'
import { createMaximumGauge } from '@lupa/core/metrics/maximum-gauge'
import { createProcessRegistry } from '@lupa/core/metrics/process-registry'
import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { CountTry } from './deliver-webhook.ts'
import type { Predictor } from './predictor/predictor.ts'
import type { Verdict } from './retry-policy.ts'

/** What a worker itself does: from a millisecond to the longest attempt there can be. */
const WORK_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]
/** With the wait for a worker: to a queue that stands for an hour. */
const WAIT_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600]

const STAGES = ['download', 'preprocess', 'inference', 'postprocess'] as const

export type Metrics = ReturnType<typeof createMetrics>

/** What a worker counts, for Prometheus. Every label has few values, whatever clients send. */
export function createMetrics({ version }: { version: string }) {
  const registry = createProcessRegistry({ app: 'worker', version })
  const countOutcome = createCountOutcome(registry)
  const observeTimings = createObserveTimings(registry)
  const attempts = new Counter({
    name: 'lupa_job_attempts_failed_total',
    help: 'Attempts that failed, by the code of the error, and by what became of the job: retry, give_back, quarantine, expire or fail.',
    labelNames: ['code', 'verdict'],
    registers: [registry],
  })

  return {
    registry,
    /** Counts every outcome that is told. */
    counting(tellOutcome: TellOutcome): TellOutcome {
      const counted = counting(tellOutcome, countOutcome)
      return async (record) => {
        await counted(record)
        observeTimings(record)
      }
    },
    countFailure: (code: ErrorCode, verdict: Verdict) => attempts.inc({ code, verdict }),
    countTry: createCountTry(registry),
  }
}

function createObserveTimings(registry: Registry): (record: JobRecord) => void {
  const wait = new Histogram({
    name: 'lupa_job_wait_seconds',
    help: 'Time from a job being accepted to a worker taking it.',
    labelNames: ['model'],
    buckets: WAIT_SECONDS,
    registers: [registry],
  })
  const duration = new Histogram({
    name: 'lupa_job_duration_seconds',
    help: 'Time from a job being accepted to its end.',
    labelNames: ['model'],
    buckets: WAIT_SECONDS,
    registers: [registry],
  })
  const stages = new Histogram({
    name: 'lupa_job_stage_duration_seconds',
    help: 'Time a job spent in each stage of its last attempt.',
    labelNames: ['model', 'stage'],
    buckets: WORK_SECONDS,
    registers: [registry],
  })
  const longest = createMaximumGauge({
    name: 'lupa_job_duration_max_seconds',
    help: 'The longest time from a job being accepted to its end, of those that ended in the last minute.',
    labelNames: ['model'],
    registry,
  })
  const batches = new Histogram({
    name: 'lupa_job_batch_size',
    help: 'How many images were computed at once with the image of a job.',
    buckets: [1, 2, 4, 8, 16, 32],
    registers: [registry],
  })
  return function observeTimings({ status, model: { name: model }, timings }) {
    if (!isTerminal(status)) return
    if (timings.batch_size) batches.observe(timings.batch_size)
    if (timings.queue_ms !== null) wait.observe({ model }, timings.queue_ms / 1000)
    if (timings.total_ms !== null) {
      duration.observe({ model }, timings.total_ms / 1000)
      longest.note({ model }, timings.total_ms / 1000)
    }
    for (const stage of STAGES) {
      const ms = timings[`${stage}_ms`]
      if (ms !== null) stages.observe({ model, stage }, ms / 1000)
    }
  }
}

function createCountTry(registry: Registry): CountTry {
  const tries = new Counter({
    name: 'lupa_webhook_tries_total',
    help: 'Tries of webhook deliveries, by what became of the delivery: delivered, retrying, or failed (for good).',
    labelNames: ['outcome'],
    registers: [registry],
  })
  const duration = new Histogram({
    name: 'lupa_webhook_try_duration_seconds',
    help: 'Time from a webhook being sent to its answer, or to giving up on one.',
    buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15],
    registers: [registry],
  })
  for (const outcome of ['delivered', 'retrying', 'failed']) tries.inc({ outcome }, 0)
  return function countTry({ duration_ms }, outcome) {
    tries.inc({ outcome })
    duration.observe(duration_ms / 1000)
  }
}

/** What its model processes do, where it has any. */
export function measurePredictor(registry: Registry, predictor: Predictor): void {
  const status = () => predictor.status()
  const gauge = (name: string, help: string, value: () => number) =>
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(value())
      },
    })
  const counter = (name: string, help: string, value: () => number) =>
    new Counter({
      name,
      help,
      registers: [registry],
      collect() {
        this.reset()
        this.inc(value())
      },
    })
  gauge('lupa_worker_ready', 'Whether any child process answers rightly, so that jobs are taken.', () =>
    status().ready ? 1 : 0,
  )
  gauge('lupa_slots', 'Child processes that this worker is to have.', () => status().slots)
  gauge('lupa_slots_busy', 'Child processes that run an image now.', () => status().busy)
  gauge('lupa_tasks_waiting', 'Images in this worker that wait for a child process.', () => status().waiting)
  counter('lupa_child_restarts_total', 'Child processes that died or were replaced.', () => status().restarts)
  gauge(
    'lupa_child_resident_memory_bytes',
    'Resident memory of all child processes, as they last said.',
    () => status().children.rssBytes,
  )
  counter(
    'lupa_child_cpu_seconds_total',
    'Processor time of all child processes there have been, as they last said.',
    () => status().children.cpuSeconds,
  )
  new Counter({
    name: 'lupa_self_test_failures_total',
    help: 'How often a model was wrong about its own pictures, while it was loaded or later.',
    labelNames: ['model'],
    registers: [registry],
    collect() {
      this.reset()
      for (const { model, failed } of status().selfTests) this.inc({ model }, failed)
    },
  })
}
