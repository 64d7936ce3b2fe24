import { LupaError } from '@lupa/core/domain/errors'
import { createJob, finishJob, type JobRecord } from '@lupa/core/domain/job'
import { viewPrediction } from '@lupa/core/domain/view-prediction'
import type { ImageStore } from '@lupa/core/images/image-store'
import type { AnsweredLog } from '@lupa/core/jobs/answered-log'
import type { JobEvents } from '@lupa/core/jobs/job-events'
import type { JobQueue } from '@lupa/core/jobs/job-queue'
import type { JobStore } from '@lupa/core/jobs/job-store'
import { type CachedResult, cacheKey, type ResultCache } from '@lupa/core/jobs/result-cache'
import type { FastifyBaseLogger } from 'fastify'
import { CONTENT_TYPE } from './image-header.ts'
import type { RedisBreaker } from './redis-breaker.ts'
import type { Submission, ValidateSubmission } from './validate-submission.ts'

/** Takes one image in. Resolves to its job: finished when the cache knew the answer, else queued. */
export type Submit = (submission: Submission, log: FastifyBaseLogger) => Promise<JobRecord>

export interface SubmitDeps {
  validate: ValidateSubmission
  resultCache: ResultCache
  cacheScope: 'client' | 'global'
  answeredLog: AnsweredLog
  imageStore: ImageStore
  jobStore: JobStore
  jobQueue: JobQueue
  jobEvents: JobEvents
  breaker: RedisBreaker
}

/** Write first, then tell: image before record, record before queue. */
export function createSubmit(deps: SubmitDeps): Submit {
  const { validate, imageStore, jobStore } = deps

  return async function submit(submission, log) {
    const job = createJob(await validate(submission))

    const known = await lookUp(job, deps)
    if (known) return answer(job, known, deps, log)

    await imageStore.put(job.id, submission.upload.image, { contentType: CONTENT_TYPE[job.image.format] })
    await jobStore.create(job)
    await enqueue(job, deps, log)
    return job
  }
}

/** Also finds out whether Redis is there at all, before anything is stored. */
async function lookUp(job: JobRecord, { resultCache, cacheScope, breaker }: SubmitDeps) {
  breaker.assertClosed()
  const scope = cacheScope === 'client' ? job.client : 'global'
  const known = await orTrip(breaker, () =>
    resultCache.get(cacheKey(scope, job.image.sha256, job.model.digest)),
  )
  return job.use_cache ? known : undefined
}

/** The client has its answer now; a worker writes record and image behind. */
async function answer(
  job: JobRecord,
  known: CachedResult,
  { answeredLog, jobEvents, breaker }: SubmitDeps,
  log: FastifyBaseLogger,
): Promise<JobRecord> {
  const record = finishJob(job, {
    status: 'succeeded',
    at: new Date(),
    cache: 'hit',
    stored: known.prediction,
    view: viewPrediction(known.prediction, job.params, known.image),
    image: known.image,
    timings: {},
  })
  // Both at once, so that Redis is asked once: the log is what counts, the hot copy is only faster.
  const announced = jobEvents.announce(record).catch((err) => log.warn({ err }, 'no hot copy of an answer'))
  await orTrip(breaker, () => answeredLog.append({ record, imageOf: known.job_id }))
  await announced
  return record
}

/** The job is recorded, so it is accepted, whatever happens here: the reconciler queues what is not. */
async function enqueue(
  job: JobRecord,
  { jobQueue, breaker }: SubmitDeps,
  log: FastifyBaseLogger,
): Promise<void> {
  try {
    await jobQueue.enqueue(job.id)
  } catch (err) {
    breaker.trip()
    log.error(
      { err, job_id: job.id },
      'a recorded job is not on the queue yet; the reconciler will put it there',
    )
  }
}

async function orTrip<T>(breaker: RedisBreaker, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (cause) {
    breaker.trip()
    throw new LupaError('queue_unavailable', 'Redis did not answer.', { cause })
  }
}
