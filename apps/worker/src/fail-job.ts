import { LupaError, toLupaError } from '@lupa/core/domain/errors'
import { startJob } from '@lupa/core/domain/job'
import type { JobHandler, JobInHand } from '@lupa/core/jobs/job-consumer'
import type { JobStore } from '@lupa/core/jobs/job-store'
import { CRASHES_TO_QUARANTINE, type Quarantine } from '@lupa/core/jobs/quarantine'
import type { Logger } from '@lupa/core/runtime/logger'
import type { BestEffort } from './best-effort.ts'
import { isCrash } from './predictor/predictor.ts'
import type { TellOutcome } from './tell-outcome.ts'

export interface FailJobDeps {
  jobStore: JobStore
  quarantine: Quarantine
  bestEffort: BestEffort
  tellOutcome: TellOutcome
  worker: string
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
      if (signal.aborted) throw thrown
      await failJob(job, takenAt, toLupaError(thrown), deps)
    }
  }
}

async function failJob(job: JobInHand, takenAt: Date, error: LupaError, deps: FailJobDeps): Promise<void> {
  const { jobStore, quarantine, bestEffort, tellOutcome, worker, logger } = deps
  logger.warn({ request_id: job.id, attempt: job.attempt, code: error.code, err: error.cause }, error.message)

  const record = await jobStore.get(job.id)
  if (!record || record.done) throw error
  const quarantined =
    isCrash(error) &&
    (await bestEffort(() => quarantine.countCrash(record.image.sha256, record.model.digest), 0)) >=
      CRASHES_TO_QUARANTINE
  if (error.retryable && !job.isLastAttempt && !quarantined) throw error

  const finalError = quarantined
    ? new LupaError(
        'image_quarantined',
        `The model process crashed on this image twice; it is not tried again. ${error.message}`,
      )
    : error
  const running = startJob(record, { worker, attempt: job.attempt, at: takenAt })
  const finished = await jobStore.finish(
    job.id,
    { status: 'failed', at: new Date(), error: finalError },
    running,
  )
  if (finished) await tellOutcome(finished.record)
}
