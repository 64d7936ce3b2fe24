import { LupaError } from '@lupa/core/domain/errors'
import { createJob, finishJob, type JobRecord, type JobRequest } from '@lupa/core/domain/job'
import { viewPrediction } from '@lupa/core/domain/view-prediction'
import type { ImageStore } from '@lupa/core/images/image-store'
import type { AnsweredLog } from '@lupa/core/jobs/answered-log'
import { type CachedResult, cacheKeyOf, type ResultCache } from '@lupa/core/jobs/result-cache'
import { freeArray } from '@lupa/core/runtime/free-array'
import type { Tracing } from '@lupa/core/telemetry/tracing'
import type { FastifyBaseLogger } from 'fastify'
import { type AcceptJob, withTraceparent } from './accept-job.ts'
import type { Breakers } from './breaker.ts'
import type { Idempotency } from './idempotency.ts'
import { CONTENT_TYPE } from './image-header.ts'
import { checkParameters, SubmitParameters } from './parameters.ts'
import type { GatewayMetrics } from './plugins/metrics.ts'
import {
  fingerprintOf,
  type LaterUpload,
  type ReadSubmission,
  type Submission,
  type ValidateSubmission,
} from './validate-submission.ts'

/** Takes one image in. Resolves to its job: finished when the cache knew the answer, else queued. */
export type Submit = (submission: Submission, log: FastifyBaseLogger) => Promise<Submitted>

export interface Submitted {
  record: JobRecord
  /** An earlier request with the same idempotency key made this job. */
  replayed: boolean
}

export interface SubmitDeps {
  validate: ValidateSubmission
  idempotency: Idempotency
  acceptJob: AcceptJob
  resultCache: ResultCache
  cacheScope: 'client' | 'global'
  answeredLog: AnsweredLog
  imageStore: ImageStore
  breakers: Breakers
  metrics: Pick<GatewayMetrics, 'countSubmit' | 'countOutcome'>
  tracing: Tracing
}

export function createSubmit(deps: SubmitDeps): Submit {
  return async function submit({ upload, ...submission }, log) {
    return 'read' in upload
      ? submitLater({ ...submission, upload }, deps, log)
      : submitRead({ ...submission, upload }, deps, log)
  }
}

async function submitRead(
  submission: ReadSubmission,
  deps: SubmitDeps,
  log: FastifyBaseLogger,
): Promise<Submitted> {
  const { request, fingerprint } = await deps.validate(submission)
  const { upload, idempotencyKey: key } = submission
  const make = (id: string) => makeJob({ ...request, id }, upload.image, deps, log)
  const { client, id: jobId } = request
  const submitted =
    key === undefined
      ? { record: await make(jobId), replayed: false }
      : await deps.idempotency.once({ client, key, fingerprint, jobId }, make)
  // After a failure a store may still be reading it.
  if (upload.memory) freeArray(upload.memory)
  return submitted
}

/**
 * Once a job is made of it the image is dropped: to be told of that job, whoever sends the request again need
 * not have it any more, nor have given an idempotency key. Under another key, or with other parameters, it is
 * another request, for which nothing is left.
 */
async function submitLater(
  submission: Submission & { upload: LaterUpload },
  deps: SubmitDeps,
  log: FastifyBaseLogger,
): Promise<Submitted> {
  const { upload, query, client, useCache, id: jobId } = submission
  const given = checkParameters(SubmitParameters, { ...query, ...upload.fields })
  const fingerprint = fingerprintOf(upload.source, given, useCache)
  const { idempotencyKey: key } = submission
  const ofUpload = { client, key: upload.source, fingerprint, refuse: uploadUsed }
  if (key === undefined) return deps.idempotency.once({ ...ofUpload, jobId }, make)
  return deps.idempotency.once({ client, key, fingerprint, jobId }, async (id) => {
    const { record } = await deps.idempotency.once({ ...ofUpload, jobId: id }, make)
    if (record.id !== id) throw uploadUsed(record.id)
    return record
  })

  async function make(id: string): Promise<JobRecord> {
    const read = { ...(await upload.read()), fields: upload.fields }
    const { request } = await deps.validate({ ...submission, upload: read })
    const record = await makeJob({ ...request, id }, read.image, deps, log)
    await upload.drop().catch((err) => log.warn({ err }, 'an upload is not erased yet; it will be swept'))
    return record
  }
}

function uploadUsed(jobId: string): LupaError {
  return new LupaError(
    'upload_used',
    `A job was made of this upload already: ${jobId}. To run its image again, retry that job (POST /v1/jobs/${jobId}/retry), or open a new upload and put the image there.`,
  )
}

async function makeJob(
  request: JobRequest,
  image: Uint8Array,
  deps: SubmitDeps,
  log: FastifyBaseLogger,
): Promise<JobRecord> {
  const job = withTraceparent(createJob(request), deps.tracing)
  const known = await lookUp(job, deps)
  if (known) return answer(job, known, deps)
  const contentType = CONTENT_TYPE[job.image.format]
  return deps.acceptJob(job, () => deps.imageStore.put(job.id, image, { contentType }), log)
}

/** Also finds out whether Redis is there at all, before anything is stored. */
async function lookUp(job: JobRecord, { resultCache, cacheScope, breakers }: SubmitDeps) {
  const known = await breakers.redis.watch(() => resultCache.get(cacheKeyOf(job, cacheScope)))
  return job.use_cache ? known : undefined
}

/** The client has its answer now; a worker writes record and image behind. */
async function answer(
  job: JobRecord,
  known: CachedResult,
  { answeredLog, breakers, metrics }: SubmitDeps,
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
  // Nobody is told: nobody has heard of this job yet.
  await breakers.redis.watch(() => answeredLog.append({ record, imageOf: known.job_id }))
  metrics.countSubmit(record)
  metrics.countOutcome(record)
  return record
}
