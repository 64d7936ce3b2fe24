import { LupaError } from '@lupa/core/domain/errors'
import { type JobRecord, type Outcome, startJob } from '@lupa/core/domain/job'
import { viewPrediction } from '@lupa/core/domain/view-prediction'
import type { ImageStore } from '@lupa/core/images/image-store'
import type { JobHandler } from '@lupa/core/jobs/job-consumer'
import type { JobEvents } from '@lupa/core/jobs/job-events'
import type { JobStore } from '@lupa/core/jobs/job-store'
import { CRASHES_TO_QUARANTINE, type Quarantine } from '@lupa/core/jobs/quarantine'
import { type CachedResult, cacheKey } from '@lupa/core/jobs/result-cache'
import type { ModelCatalog } from '@lupa/core/models/model-catalog'
import type { BestEffort } from './best-effort.ts'
import type { ComputeOnce } from './compute-once.ts'
import type { ExpireIfLate } from './expire-job.ts'
import type { Predictor } from './predictor/predictor.ts'
import type { TellOutcome } from './tell-outcome.ts'

/** Attempts that end with an error are bounded by the queue; beyond this many the worker itself must have died. */
const MAX_BEGINNINGS = 12

export interface ProcessJobDeps {
  imageStore: ImageStore
  jobStore: JobStore
  events: JobEvents
  computeOnce: ComputeOnce
  bestEffort: BestEffort
  quarantine: Quarantine
  catalog: ModelCatalog
  predictor: Predictor
  tellOutcome: TellOutcome
  expireIfLate: ExpireIfLate
  worker: string
  cacheScope: 'client' | 'global'
}

/**
 * One job, from the queue to its announcement. Safe to repeat from any line: the record decides what
 * is still to do, its first outcome wins, and telling twice is harmless.
 */
export function createProcessJob(deps: ProcessJobDeps): JobHandler {
  const { jobStore, events, computeOnce, bestEffort, tellOutcome, expireIfLate, worker } = deps

  return async function processJob({ id, attempt }, signal) {
    const takenAt = new Date()
    const record = await jobStore.get(id)
    if (!record) return
    if (record.done) return tellOutcome(record)
    if (await expireIfLate(record)) return
    assertNotHopeless(attempt)

    const running = startJob(record, { worker, attempt, at: takenAt })
    await bestEffort(() => events.announce(running), undefined)

    const key = cacheKey(
      deps.cacheScope === 'global' ? 'global' : record.client,
      record.image.sha256,
      record.model.digest,
    )
    const computed: Computed = { timings: {} }
    const { result, cache } = await computeOnce(key, {
      id,
      useCache: record.use_cache,
      compute: () => computeResult(running, computed, deps, signal),
      signal,
    })

    const finished = await jobStore.finish(id, toOutcome(running, result, cache, computed), running)
    if (finished) await tellOutcome(finished.record)
  }
}

/** A worker that dies takes its attempt with it: only the count of beginnings shows that it goes on so. */
function assertNotHopeless(attempt: number): void {
  if (attempt > MAX_BEGINNINGS) {
    const detail = `Workers began this job ${MAX_BEGINNINGS} times and died each time. Look into their logs before you send it again.`
    throw new LupaError('worker_lost', detail, { retryable: false })
  }
}

interface Computed {
  timings: Partial<JobRecord['timings']>
}

async function computeResult(
  job: JobRecord,
  computed: Computed,
  { imageStore, catalog, predictor, quarantine, bestEffort }: ProcessJobDeps,
  signal: AbortSignal,
): Promise<CachedResult> {
  await assertNotQuarantined(job, quarantine, bestEffort)
  const downloadStart = performance.now()
  const [image, model] = await Promise.all([imageStore.get(job.id), pinnedModel(job, catalog)])
  const downloadMs = performance.now() - downloadStart
  if (!image)
    throw new LupaError(
      'image_not_found',
      `The image of job ${job.id} is not stored any more. Send it again.`,
    )

  const outcome = await predictor.predict({ image, model, params: job.params }, signal)
  computed.timings = { download_ms: toTenths(downloadMs), ...outcome.timings }
  return { prediction: outcome.stored, image: outcome.image, job_id: job.id }
}

async function assertNotQuarantined(
  job: JobRecord,
  quarantine: Quarantine,
  bestEffort: BestEffort,
): Promise<void> {
  const crashes = await bestEffort(() => quarantine.crashes(job.image.sha256, job.model.digest), 0)
  if (crashes >= CRASHES_TO_QUARANTINE) {
    const detail = `This image made the process of model ${job.model.name} crash ${crashes} times and is not tried again. Save it anew in another program and send that.`
    throw new LupaError('image_quarantined', detail)
  }
}

/** The very model that was promised when the job was accepted, or none. */
async function pinnedModel(job: JobRecord, catalog: ModelCatalog) {
  const { name, version, digest } = job.model
  const model = await catalog.resolve(`${name}@${version}`)
  if (model.digest !== digest) {
    const detail = `Model ${name}@${version} was replaced after this job was accepted (${digest} is now ${model.digest}). Send the job again; give a changed model a new version.`
    throw new LupaError('model_unavailable', detail, { retryable: false })
  }
  return model
}

function toOutcome(
  job: JobRecord,
  result: CachedResult,
  cache: 'hit' | 'miss',
  { timings }: Computed,
): Extract<Outcome, { status: 'succeeded' }> {
  return {
    status: 'succeeded',
    at: new Date(),
    cache,
    stored: result.prediction,
    view: viewPrediction(result.prediction, job.params, result.image),
    image: result.image,
    timings,
  }
}

const toTenths = (ms: number) => Math.round(ms * 10) / 10
