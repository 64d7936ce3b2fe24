import { LupaError } from '@lupa/core/domain/errors'
import { JobId, newJobId } from '@lupa/core/domain/ids'
import type { JobRecord } from '@lupa/core/domain/job'
import type { JobStore } from '@lupa/core/jobs/job-store'
import type { FastifyBaseLogger } from 'fastify'
import type { Idempotency } from './idempotency.ts'
import { jobNotFound } from './read-job.ts'
import type { RetryJob } from './retry-job.ts'

/**
 * Runs a dead letter again for its client, and takes it off the list; resolves to the new job. Whatever
 * happens in between, and however many ask at once, a dead letter makes one new job.
 */
export type ReplayDead = (id: string, log: FastifyBaseLogger) => Promise<JobRecord>

/** Beside the keys of clients, none of whom is called so. */
const REPLAYS = 'dead-letters'

export function createReplayDead({
  jobStore,
  idempotency,
  retryJob,
}: {
  jobStore: JobStore
  idempotency: Idempotency
  retryJob: RetryJob
}): ReplayDead {
  return async function replayDead(id, log) {
    // Not by way of the hot copy, which may not know that it was replayed.
    const dead = JobId.safeParse(id).success ? await jobStore.get(id) : undefined
    if (!dead) throw jobNotFound()
    if (!dead.dead) throw notDead(dead)
    const { user_ip: userIp, trace_id: traceId, traceparent, use_cache: useCache } = dead
    const { record } = await idempotency.once(
      { client: REPLAYS, key: id, fingerprint: '', jobId: newJobId() },
      (newId) => retryJob(dead, { id: newId, given: {}, userIp, traceId, traceparent, useCache }, log),
    )
    await jobStore.dismissDead(id)
    return record
  }
}

function notDead({ id, status }: JobRecord): LupaError {
  const why =
    status === 'failed' ? 'was replayed already' : `is ${status}; only jobs that failed are dead letters`
  return new LupaError('job_not_dead', `Job ${id} ${why}. GET /v1/dead lists what can be replayed.`)
}
