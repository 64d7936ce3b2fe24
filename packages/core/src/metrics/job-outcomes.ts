import { Counter, type Registry } from 'prom-client'
import { isTerminal, type JobRecord } from '../domain/job.ts'
import type { TellOutcome } from '../jobs/tell-outcome.ts'

/** Counts how jobs end. Gateways and workers each count those that they end. */
export type CountOutcome = (record: JobRecord) => void

export function createCountOutcome(registry: Registry): CountOutcome {
  const finished = new Counter({
    name: 'lupa_jobs_finished_total',
    help: 'Jobs that this process ended, by model, by how they ended, and whether the cache had the prediction.',
    labelNames: ['model', 'status', 'cache'],
    registers: [registry],
  })
  const dead = new Counter({
    name: 'lupa_jobs_dead_total',
    help: 'Jobs that failed for good in this process: GET /v1/dead lists them.',
    registers: [registry],
  })
  return function countOutcome({ model, status, cache, dead: isDead }) {
    if (!isTerminal(status)) return
    finished.inc({ model: model.name, status, cache: cache ?? 'none' })
    if (isDead) dead.inc()
  }
}

/** Counts every outcome that is told. */
export function counting(tellOutcome: TellOutcome, countOutcome: CountOutcome): TellOutcome {
  return async (record) => {
    await tellOutcome(record)
    countOutcome(record)
  }
}
