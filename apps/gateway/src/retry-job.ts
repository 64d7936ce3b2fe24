import { LupaError } from '@lupa/core/domain/errors'
import { createJob, type JobRecord, type JobRequest } from '@lupa/core/domain/job'
import type { ImageStore } from '@lupa/core/images/image-store'
import { cacheKeyOf, type ResultCache } from '@lupa/core/jobs/result-cache'
import { pin } from '@lupa/core/models/pinned-model'
import type { Outbound } from '@lupa/core/webhooks/guard-address'
import type { FastifyBaseLogger } from 'fastify'
import type { AcceptJob } from './accept-job.ts'
import { classNamesOf, resolveParams, type SubmitParameters } from './parameters.ts'
import type { ServedModels } from './served-models.ts'
import { assertMayBeKept, toWebhook } from './validate-submission.ts'

/** Runs the image of a job that has ended again, under a new id; resolves to the new job. */
export type RetryJob = (original: JobRecord, retry: Retry, log: FastifyBaseLogger) => Promise<JobRecord>

export interface Retry {
  /** The id of the new job. */
  id: string
  /** What is to be other than it was. */
  given: SubmitParameters
  userIp: string | null
  traceId: string | null
  traceparent?: string | undefined
  useCache: boolean
  batch?: string | null
}

export interface RetryJobDeps {
  acceptJob: AcceptJob
  models: ServedModels
  imageStore: ImageStore
  resultCache: ResultCache
  cacheScope: 'client' | 'global'
  outbound: Outbound
  retentionSeconds: number
}

export function createRetryJob(deps: RetryJobDeps): RetryJob {
  return async function retryJob(original, retry, log) {
    if (!original.done) {
      throw new LupaError(
        'job_not_done',
        `Job ${original.id} is ${original.status}: wait for its end, or cancel it, before you run it again.`,
      )
    }
    const job = createJob(await toRequest(original, retry, deps))
    return deps.acceptJob(job, () => copyImage(original, job.id, deps), log)
  }
}

async function toRequest(original: JobRecord, retry: Retry, deps: RetryJobDeps): Promise<JobRequest> {
  const { given } = retry
  assertMayBeKept(given, deps.retentionSeconds)
  const model = await deps.models.resolve(given.model ?? `${original.model.name}@${original.model.version}`)
  // Class numbers mean something else to another model.
  const isSameModel = model.name === original.model.name
  const params = isSameModel ? original.params : { ...original.params, classes: null }
  return {
    id: retry.id,
    client: original.client,
    userIp: retry.userIp,
    imageName: original.image_name,
    image: original.image,
    ...pin(model),
    params: resolveParams(given, params, classNamesOf(model)),
    tags: given.tags ?? original.tags,
    webhook: toWebhook(given, deps.outbound) ?? original.webhook,
    traceId: retry.traceId,
    traceparent: retry.traceparent,
    useCache: retry.useCache,
    priority: given.priority ?? original.priority,
    cancelAfterSeconds: given.cancel_after_seconds ?? secondsUntil(original.deadline_at, original),
    retryOf: original.id,
    batch: retry.batch ?? null,
    acceptedAt: new Date(),
    retentionSeconds:
      given.retention_seconds ?? secondsUntil(original.expires_at, original) ?? deps.retentionSeconds,
  }
}

function secondsUntil(moment: string | null, { created_at }: JobRecord): number | null {
  return moment === null ? null : (Date.parse(moment) - Date.parse(created_at)) / 1000
}

/** The image of an answer from the cache is written behind: until then, its twin is the same picture. */
async function copyImage(
  original: JobRecord,
  to: string,
  { imageStore, resultCache, cacheScope }: RetryJobDeps,
): Promise<void> {
  if (await imageStore.copy(original.id, to)) return
  const twin = await resultCache.get(cacheKeyOf(original, cacheScope)).catch(() => undefined)
  if (twin && (await imageStore.copy(twin.job_id, to))) return
  throw new LupaError(
    'image_not_found',
    `The image of job ${original.id} is not stored any more. Send it again.`,
  )
}
