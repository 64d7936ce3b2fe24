import { isTerminal, type JobRecord } from '@lupa/core/domain/job'
import type { TellOutcome } from '@lupa/core/jobs/tell-outcome'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { Predictor } from './predictor/predictor.ts'

const STAGES = ['queue', 'download', 'preprocess', 'inference', 'postprocess', 'total'] as const

/** What a worker counts, for Prometheus. */
export function createMetrics(predictor: Predictor) {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const jobs = new Counter({
    name: 'lupa_jobs_finished_total',
    help: 'Jobs this worker finished, by how they ended and whether the cache answered.',
    labelNames: ['status', 'cache'],
    registers: [registry],
  })
  const stages = new Histogram({
    name: 'lupa_job_stage_seconds',
    help: 'Time a job spent in each stage.',
    labelNames: ['stage'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers: [registry],
  })
  const batches = new Histogram({
    name: 'lupa_job_batch_size',
    help: 'How many images were computed at once with the image of a job.',
    buckets: [1, 2, 4, 8, 16, 32],
    registers: [registry],
  })
  new Gauge({
    name: 'lupa_slots_busy',
    help: 'Child processes that run an image now.',
    registers: [registry],
    collect() {
      this.set(predictor.status().busy)
    },
  })
  new Gauge({
    name: 'lupa_child_restarts',
    help: 'Child processes that died or were replaced since this worker began.',
    registers: [registry],
    collect() {
      this.set(predictor.status().restarts)
    },
  })
  new Counter({
    name: 'lupa_self_test_failures_total',
    help: 'How often a model was wrong about its own pictures, while it was loaded or later.',
    labelNames: ['model'],
    registers: [registry],
    collect() {
      this.reset()
      for (const { model, failed } of predictor.status().selfTests) this.inc({ model }, failed)
    },
  })

  function count(record: JobRecord): void {
    if (!isTerminal(record.status)) return
    jobs.inc({ status: record.status, cache: record.cache ?? 'none' })
    if (record.timings.batch_size) batches.observe(record.timings.batch_size)
    for (const stage of STAGES) {
      const ms = record.timings[`${stage}_ms`]
      if (ms !== null) stages.observe({ stage }, ms / 1000)
    }
  }

  return {
    registry,
    /** Counts every outcome that is told. */
    counting(tellOutcome: TellOutcome): TellOutcome {
      return async (record) => {
        await tellOutcome(record)
        count(record)
      }
    },
  }
}
