import { LupaError } from '@lupa/core/domain/errors'
import type { JobRecord } from '@lupa/core/domain/job'
import type { JobStore } from '@lupa/core/jobs/job-store'
import type { TellOutcome } from '@lupa/core/jobs/tell-outcome'

export interface ExpireJobDeps {
  jobStore: JobStore
  tellOutcome: TellOutcome
  /** How long a job may wait for a worker. */
  queueTtlMs: number
}

/** Ends a job whose time is over, instead of computing it for nobody. Resolves to whether it was one. */
export type ExpireIfLate = (record: JobRecord) => Promise<boolean>

export function createExpireIfLate({ jobStore, tellOutcome, queueTtlMs }: ExpireJobDeps): ExpireIfLate {
  return async function expireIfLate(record) {
    const at = new Date()
    const error = whyLate(record, at, queueTtlMs)
    if (!error) return false
    const ended = await jobStore.finish(record.id, { status: 'expired', at, error })
    if (ended) await tellOutcome(ended.record)
    return true
  }
}

function whyLate(record: JobRecord, now: Date, queueTtlMs: number): LupaError | undefined {
  if (record.deadline_at && Date.parse(record.deadline_at) <= now.getTime()) return deadlineExceeded(record)
  if (now.getTime() - Date.parse(record.created_at) <= queueTtlMs) return undefined
  return new LupaError(
    'queue_ttl_exceeded',
    `No worker took the job within ${queueTtlMs / 1000} s. Send it again, or raise QUEUE_TTL_SECONDS.`,
  )
}

function deadlineExceeded({ created_at, deadline_at }: JobRecord): LupaError {
  const allowedMs = Date.parse(deadline_at ?? created_at) - Date.parse(created_at)
  return new LupaError(
    'deadline_exceeded',
    `The job did not end within the ${allowedMs / 1000} s that cancel_after_seconds allowed it. Send it again, with more time if the queue is long.`,
  )
}

/** Longer than a timer can be set for; such a deadline is met by whoever looks at the waiting jobs. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

/** Aborts with `deadline_exceeded` when the job's deadline comes. The timer goes by the time that passes, whatever is done to the clock. */
export function startDeadline(record: JobRecord): { signal: AbortSignal } & Disposable {
  const controller = new AbortController()
  const { signal } = controller
  const leftMs = record.deadline_at ? Date.parse(record.deadline_at) - Date.now() : Number.POSITIVE_INFINITY
  if (leftMs > LONGEST_TIMER_MS) return { signal, [Symbol.dispose]() {} }
  const timer = setTimeout(() => controller.abort(deadlineExceeded(record)), leftMs)
  return { signal, [Symbol.dispose]: () => clearTimeout(timer) }
}
