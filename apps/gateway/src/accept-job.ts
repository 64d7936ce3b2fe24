import type { JobRecord } from '@lupa/core/domain/job'
import type { JobQueue } from '@lupa/core/jobs/job-queue'
import type { JobStore } from '@lupa/core/jobs/job-store'
import type { Tracing } from '@lupa/core/telemetry/tracing'
import type { FastifyBaseLogger } from 'fastify'
import type { Breakers } from './breaker.ts'
import type { CountSubmit } from './plugins/metrics.ts'
import type { QueueOutlook } from './queue-outlook.ts'

/**
 * Takes a job in for good: its image, its record, then its place on the queue. Write first, then tell:
 * what a worker is told of is there. Safe to repeat under the same id: the first record stays, and is what
 * this resolves to: with its place on the queue, when it has just taken one.
 */
export type AcceptJob = (
  job: JobRecord,
  storeImage: () => Promise<void>,
  log: FastifyBaseLogger,
) => Promise<JobRecord>

export interface AcceptJobDeps {
  jobStore: JobStore
  jobQueue: JobQueue
  breakers: Breakers
  outlook: QueueOutlook
  countSubmit: CountSubmit
  tracing: Tracing
}

export function createAcceptJob(deps: AcceptJobDeps): AcceptJob {
  const { jobStore, jobQueue, breakers, outlook, countSubmit, tracing } = deps
  return async function acceptJob(given, storeImage, log) {
    const job = withTraceparent(given, tracing)
    await breakers.imageStore.watch(storeImage)
    const isNew = await breakers.jobStore.watch(() => jobStore.create(job))
    if (isNew) countSubmit(job)
    const { id, client, priority, traceparent } = job
    let queue: JobRecord['queue'] = null
    try {
      const place = await breakers.redis.watch(() => jobQueue.enqueue({ id, client, priority, traceparent }))
      if (place) queue = await outlook.atPlace(place)
    } catch (err) {
      // Recorded is accepted, whatever happens here.
      log.error(
        { err, job_id: id },
        'a recorded job is not on the queue yet; the reconciler will put it there',
      )
    }
    return isNew ? { ...job, queue } : ((await jobStore.get(id)) ?? job)
  }
}

/** Whoever goes on with the job, now or after a failure, goes on with the trace of its request. */
export function withTraceparent(job: JobRecord, tracing: Tracing): JobRecord {
  const { traceparent } = tracing.current()
  return traceparent ? { traceparent, ...job } : job
}
