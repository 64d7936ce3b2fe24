import { LupaError } from '@lupa/core/domain/errors'
import { type JobRecord, type Outcome, startJob } from '@lupa/core/domain/job'
import type { PredictionView } from '@lupa/core/domain/prediction'
import { viewPrediction } from '@lupa/core/domain/view-prediction'
import type { ImageStore } from '@lupa/core/images/image-store'
import type { JobHandler } from '@lupa/core/jobs/job-consumer'
import type { JobEvents } from '@lupa/core/jobs/job-events'
import type { JobStore } from '@lupa/core/jobs/job-store'
import { CRASHES_TO_QUARANTINE, type Quarantine } from '@lupa/core/jobs/quarantine'
import { type CachedResult, cacheKeyOf } from '@lupa/core/jobs/result-cache'
import type { TellOutcome } from '@lupa/core/jobs/tell-outcome'
import type { ModelCatalog } from '@lupa/core/models/model-catalog'
import { isPinned, isReadAlike } from '@lupa/core/models/pinned-model'
import type { Logger } from '@lupa/core/runtime/logger'
import type { BestEffort } from './best-effort.ts'
import type { CancelInHand, HeldJob } from './cancel-in-hand.ts'
import type { Computation, ComputeOnce } from './compute-once.ts'
import { type ExpireIfLate, startDeadline } from './expire-job.ts'
import type { Predictor } from './predictor/predictor.ts'

/** Attempts that fail are bounded by the queue; those whose worker died or was lost by us. */
const MAX_LOSSES = 12

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
  cancelInHand: CancelInHand
  worker: string
  cacheScope: 'client' | 'global'
  logger: Logger
}

/**
 * One job, from the queue to its announcement. Safe to repeat from any line: the record decides what
 * is still to do, its first outcome wins, and telling twice is harmless.
 */
export function createProcessJob(deps: ProcessJobDeps): JobHandler {
  const { jobStore, events, bestEffort, tellOutcome, expireIfLate, cancelInHand, worker } = deps

  return async function processJob({ id, attempt, losses }, signal) {
    const takenAt = new Date()
    using held = cancelInHand.hold(id)
    const record = await jobStore.get(id)
    if (!record) return
    if (record.done) return tellOutcome(record)
    if (await expireIfLate(record)) return
    assertNotHopeless(losses)

    const running = startJob(record, { worker, attempt, at: takenAt })
    const announced = bestEffort(() => events.announce(running), undefined)
    const computed = await computeInTime(running, held, deps, signal)
    await announced
    held.release()
    const ended = computed ? await finish(running, computed, deps) : await jobStore.get(id)
    if (ended?.done) await tellOutcome(ended)
  }
}

/** Resolves to the record as it is then: if the job has ended already, as it ended first. */
async function finish(
  job: JobRecord,
  computed: Computed,
  { jobStore, logger }: ProcessJobDeps,
): Promise<JobRecord | undefined> {
  const finished = await jobStore.finish(job.id, toOutcome(job, computed), job)
  if (finished && !finished.accepted) {
    logger.info(
      { request_id: job.id, trace_id: job.trace_id, attempt: job.attempt },
      'the job had ended already: a late result is refused',
    )
  }
  return finished?.record
}

/** A worker that dies takes its attempt with it: only the count of those shows that it goes on so. */
function assertNotHopeless(losses: number): void {
  if (losses >= MAX_LOSSES) {
    const detail = `Workers began this job ${losses} times and died each time. Look into their logs before you send it again.`
    throw new LupaError('worker_lost', detail, { retryable: false })
  }
}

interface Computed {
  result: CachedResult
  cache: 'hit' | 'miss'
  timings: Partial<JobRecord['timings']>
  /** Undefined when it was computed elsewhere: then it is made anew, under this job's parameters. */
  view?: PredictionView | undefined
}

/** Resolves to undefined when the job has ended elsewhere; rejects with `deadline_exceeded` at its deadline. */
async function computeInTime(
  job: JobRecord,
  held: HeldJob,
  deps: ProcessJobDeps,
  signal: AbortSignal,
): Promise<Computed | undefined> {
  using deadline = startDeadline(job)
  const work = AbortSignal.any([signal, held.signal, deadline.signal])
  let mine: Pick<Computed, 'timings' | 'view'> = { timings: {} }
  async function compute(): Promise<Computation> {
    const { result, mayBeKept, ...computed } = await computeResult(job, deps, work)
    mine = computed
    return { result, mayBeKept }
  }
  try {
    const key = cacheKeyOf(job, deps.cacheScope)
    const once = await deps.computeOnce(key, { id: job.id, useCache: job.use_cache, compute, signal: work })
    return { ...once, ...mine }
  } catch (thrown) {
    if (held.signal.aborted) return undefined
    work.throwIfAborted()
    throw thrown
  }
}

async function computeResult(
  job: JobRecord,
  { imageStore, catalog, predictor, quarantine, bestEffort }: ProcessJobDeps,
  signal: AbortSignal,
): Promise<Computation & Pick<Computed, 'timings' | 'view'>> {
  // All at once: each is a question to somebody else, and one who waits for the answer pays for their sum.
  const [{ image, downloadMs }, model] = await Promise.all([
    download(job, imageStore),
    pinnedModel(job, catalog),
    assertNotQuarantined(job, quarantine, bestEffort),
  ])
  if (!image)
    throw new LupaError(
      'image_not_found',
      `The image of job ${job.id} is not stored any more. Send it again.`,
    )

  const outcome = await predictor.predict(
    {
      image,
      expected: { width: job.image.width, height: job.image.height, format: job.image.format },
      model,
      params: job.params,
      traceId: job.trace_id,
    },
    signal,
  )
  return {
    result: { prediction: outcome.stored, image: outcome.image, job_id: job.id },
    mayBeKept: isReadAlike(model, job),
    timings: { download_ms: toTenths(downloadMs), ...outcome.timings },
    view: outcome.view,
  }
}

/** The image, or the file that it is in. */
async function download({ id }: JobRecord, imageStore: ImageStore) {
  const startMs = performance.now()
  const file = imageStore.fileOf(id)
  const image = file === undefined ? await imageStore.get(id) : { file }
  return { image, downloadMs: performance.now() - startMs }
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

/**
 * The very model that was promised when the job was accepted, or none. A manifest that was mended since counts:
 * whoever mends one does not want the old answers.
 */
async function pinnedModel(job: JobRecord, catalog: ModelCatalog) {
  const { name, version, digest } = job.model
  const known = await catalog.resolve(`${name}@${version}`)
  if (isPinned(known, job)) return known
  // The gateway may have seen sooner what changed in the folder.
  await catalog.list()
  const model = await catalog.resolve(`${name}@${version}`)
  if (model.digest !== digest) {
    const detail = `Model ${name}@${version} was replaced after this job was accepted (${digest} is now ${model.digest}). Send the job again; give a changed model a new version.`
    throw new LupaError('model_unavailable', detail, { retryable: false })
  }
  return model
}

function toOutcome(
  job: JobRecord,
  { result, cache, timings, view }: Computed,
): Extract<Outcome, { status: 'succeeded' }> {
  return {
    status: 'succeeded',
    at: new Date(),
    cache,
    stored: result.prediction,
    view: view ?? viewPrediction(result.prediction, job.params, result.image),
    image: result.image,
    timings,
  }
}

const toTenths = (ms: number) => Math.round(ms * 10) / 10
