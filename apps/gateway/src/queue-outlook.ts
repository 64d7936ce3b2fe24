import type { JobRecord } from '@lupa/core/domain/job'
import type { DrainRate } from '@lupa/core/jobs/drain-rate'
import type { JobQueue, WaitingPlace } from '@lupa/core/jobs/job-queue'
import type { Breakers } from './breaker.ts'

/** How long things will take, as far as one can tell from how fast jobs have ended lately. */
export interface QueueOutlook {
  /** A queued job with its place on the queue, and any other as it is. Never rejects: no news is null. */
  withPlace(record: JobRecord): Promise<JobRecord>
  /** The same for where a job waits, as the queue has just said. */
  atPlace(place: WaitingPlace): Promise<NonNullable<JobRecord['queue']>>
  /** Until so many jobs have ended; null when no job has ended lately, or nobody can tell. */
  secondsToEnd(jobs: number): Promise<number | null>
}

/** Asking Redis for each job would tell no more: it is a rate over half a minute. */
const RATE_KNOWN_FOR_MS = 500

export function createQueueOutlook({
  jobQueue,
  drainRate,
  breakers,
}: {
  jobQueue: JobQueue
  drainRate: DrainRate
  breakers: Breakers
}): QueueOutlook {
  let rate: Promise<number | null> = Promise.resolve(null)
  let askedAtMs = Number.NEGATIVE_INFINITY

  function currentRate(): Promise<number | null> {
    if (performance.now() - askedAtMs >= RATE_KNOWN_FOR_MS) {
      askedAtMs = performance.now()
      rate = drainRate.perSecond().catch(() => null)
    }
    return rate
  }

  async function secondsToEnd(jobs: number): Promise<number | null> {
    const perSecond = await currentRate()
    return perSecond === null ? null : Math.round((jobs / perSecond) * 10) / 10
  }

  async function findPlace(id: string): Promise<JobRecord['queue']> {
    const [position, running] = await breakers.redis.watch(() =>
      Promise.all([jobQueue.position(id), jobQueue.runningIds()]),
    )
    return position === undefined ? null : atPlace({ position, running: running.length })
  }

  /** Those in hand end before it, too. */
  async function atPlace({ position, running }: WaitingPlace): Promise<NonNullable<JobRecord['queue']>> {
    return { position, eta_seconds: await secondsToEnd(position + running) }
  }

  return {
    secondsToEnd,
    atPlace,
    async withPlace(record) {
      if (record.status !== 'queued' || breakers.redis.report().state === 'open') return record
      return { ...record, queue: await findPlace(record.id).catch(() => null) }
    },
  }
}

/** When to ask again for what is not done, if nobody can tell. */
export const LEAST_SECONDS = 1
const MOST_SECONDS = 60

/** For `Retry-After`: whole seconds, within reason. */
export function toRetryAfter(seconds: number | null, unknown: number): number {
  return seconds === null ? unknown : Math.min(MOST_SECONDS, Math.max(LEAST_SECONDS, Math.ceil(seconds)))
}

/** When to ask again for a job that is not done. */
export function retryAfterOf({ queue }: JobRecord): number {
  return toRetryAfter(queue?.eta_seconds ?? null, LEAST_SECONDS)
}
