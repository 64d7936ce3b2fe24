import { LupaError } from '@lupa/core/domain/errors'
import type { JobRecord } from '@lupa/core/domain/job'
import type { JobStore } from '@lupa/core/jobs/job-store'
import type { TellOutcome } from './tell-outcome.ts'

export interface ExpireJobDeps {
  jobStore: JobStore
  tellOutcome: TellOutcome
  /** How long a job may wait for a worker. */
  queueTtlMs: number
}

/** Ends a job that waited too long, instead of computing it for nobody. Resolves to whether it was one. */
export type ExpireIfLate = (record: JobRecord) => Promise<boolean>

export function createExpireIfLate({ jobStore, tellOutcome, queueTtlMs }: ExpireJobDeps): ExpireIfLate {
  return async function expireIfLate(record) {
    const now = new Date()
    if (now.getTime() - Date.parse(record.created_at) <= queueTtlMs) return false
    const detail = `No worker took the job within ${queueTtlMs / 1000} s. Send it again, or raise QUEUE_TTL_SECONDS.`
    const error = new LupaError('queue_ttl_exceeded', detail)
    const ended = await jobStore.finish(record.id, { status: 'expired', at: now, error })
    if (ended) await tellOutcome(ended.record)
    return true
  }
}
