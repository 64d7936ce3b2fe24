import { type ErrorCode, LupaError, toLupaError } from '@lupa/core/domain/errors'
import { type JobRecord, type Outcome, startJob } from '@lupa/core/domain/job'
import type { JobHandler, JobInHand } from '@lupa/core/jobs/job-consumer'
import type { JobStore } from '@lupa/core/jobs/job-store'
import type { Quarantine } from '@lupa/core/jobs/quarantine'
import type { TellOutcome } from '@lupa/core/jobs/tell-outcome'
import type { Logger } from '@lupa/core/runtime/logger'
import type { BestEffort } from './best-effort.ts'
import { isCrash } from './predictor/is-crash.ts'
import { judge, type Verdict } from './retry-policy.ts'

export interface FailJobDeps {
  jobStore: JobStore
  quarantine: Quarantine
  bestEffort: BestEffort
  tellOutcome: TellOutcome
  worker: string
  /** Told of each attempt that failed, and of what becomes of its job. */
  countFailure?: (code: ErrorCode, verdict: Verdict) => void
  logger: Logger
}

/** Runs a handler; what it throws either gives the job back for another attempt, or ends it for good. */
export function withFailures(handle: JobHandler, deps: FailJobDeps): JobHandler {
  return async function handleWithFailures(job, signal) {
    const takenAt = new Date()
    try {
      await handle(job, signal)
    } catch (thrown) {
      // The job is not ours any more: whoever has it now decides.
      if (signal.aborted) throw signal.reason
      await failJob(job, takenAt, toLupaError(thrown), deps)
    }
  }
}

async function failJob(job: JobInHand, takenAt: Date, error: LupaError, deps: FailJobDeps): Promise<void> {
  const { jobStore, tellOutcome, worker, logger } = deps
  const reading = jobStore.get(job.id)
  // Whatever the store answers, it is told what failed.
  const trace_id = (await reading.catch(() => undefined))?.trace_id
  logger.warn(
    { request_id: job.id, trace_id, attempt: job.attempt, code: error.code, err: error.cause },
    error.message,
  )

  const record = await reading
  if (!record || record.done) throw error
  const outcome = await toOutcome(job, record, error, deps)
  if (!outcome) throw error

  const running = startJob(record, { worker, attempt: job.attempt, at: takenAt })
  const finished = await jobStore.finish(job.id, outcome, running)
  if (finished) await tellOutcome(finished.record)
}

/** How the job ends; undefined when it does not. */
async function toOutcome(
  job: JobInHand,
  record: JobRecord,
  error: LupaError,
  deps: FailJobDeps,
): Promise<Outcome | undefined> {
  const at = new Date()
  const verdict = judge(error, { ...job, crashes: await countCrashes(record, error, deps) })
  deps.countFailure?.(error.code, verdict)
  if (verdict === 'give_back' || verdict === 'retry') return undefined
  if (verdict === 'expire') return { status: 'expired', at, error }
  return { status: 'failed', at, error: verdict === 'quarantine' ? toQuarantined(error) : error }
}

async function countCrashes(
  { image, model }: JobRecord,
  error: LupaError,
  { quarantine, bestEffort }: FailJobDeps,
): Promise<number> {
  if (!isCrash(error)) return 0
  return bestEffort(() => quarantine.countCrash(image.sha256, model.digest), 0)
}

function toQuarantined(error: LupaError): LupaError {
  const detail = `The model process crashed on this image twice; it is not tried again. ${error.message}`
  return new LupaError('image_quarantined', detail, { cause: error })
}
