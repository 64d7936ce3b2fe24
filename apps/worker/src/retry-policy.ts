import type { ErrorCode, LupaError } from '@lupa/core/domain/errors'
import { CRASHES_TO_QUARANTINE } from '@lupa/core/jobs/quarantine'

/**
 * What becomes of a job whose attempt failed:
 *
 * - `give_back`: nothing was wrong with it. It comes again, however often, and loses no attempt.
 * - `retry`: it comes again, and has one attempt less.
 * - `quarantine`, `expire`, `fail`: it ends.
 */
export type Verdict = 'give_back' | 'retry' | 'quarantine' | 'expire' | 'fail'

type Rule = 'give_back' | 'expire' | { attempts: number }

/**
 * By cause. Of what has no entry, each attempt that the queue allows is used if the error is retryable,
 * and none after the first if it is not: an image that cannot be decoded, an unknown model, or a
 * quarantined image is the same on every attempt.
 */
const RULES: Partial<Record<ErrorCode, Rule>> = {
  // The stores, Redis, or this worker: whoever has the job next may have more luck, and only its time to
  // live bounds how long that goes on.
  store_unavailable: 'give_back',
  queue_unavailable: 'give_back',
  service_stopping: 'give_back',
  worker_not_ready: 'give_back',
  deadline_exceeded: 'expire',
  // Another machine may have more memory, or this one may have by then.
  out_of_memory: { attempts: 2 },
  // Counted as a crash too, and the second one quarantines the image; this holds where Redis cannot count.
  execution_timeout: { attempts: 2 },
}

export interface Attempt {
  /** How many attempts of this job failed before this one. */
  failures: number
  isLastAttempt: boolean
  /** How often the image has made its model's process crash, this time included. */
  crashes: number
}

export function judge({ code, retryable }: LupaError, attempt: Attempt): Verdict {
  const rule = RULES[code] ?? { attempts: Number.POSITIVE_INFINITY }
  if (typeof rule === 'string') return rule
  if (attempt.crashes >= CRASHES_TO_QUARANTINE) return 'quarantine'
  const isOver = !retryable || attempt.isLastAttempt || attempt.failures + 1 >= rule.attempts
  return isOver ? 'fail' : 'retry'
}
