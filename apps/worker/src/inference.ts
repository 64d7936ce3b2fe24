import { LupaError } from '@lupa/core/domain/errors'
import type { ImageStore } from '@lupa/core/images/image-store'
import type { JobConsumer } from '@lupa/core/jobs/job-consumer'
import type { JobEvents } from '@lupa/core/jobs/job-events'
import type { Quarantine } from '@lupa/core/jobs/quarantine'
import type { RecordStore } from '@lupa/core/jobs/record-store'
import type { ResultCache } from '@lupa/core/jobs/result-cache'
import type { TellOutcome } from '@lupa/core/jobs/tell-outcome'
import type { WorkerRegistry } from '@lupa/core/jobs/worker-registry'
import { createKnownAliases, REFRESH_ALIASES_EVERY_MS } from '@lupa/core/models/known-aliases'
import type { ModelCatalog } from '@lupa/core/models/model-catalog'
import type { Logger } from '@lupa/core/runtime/logger'
import { repeat } from '@lupa/core/runtime/repeat'
import { tracedJobHandler } from '@lupa/core/telemetry/traced-queues'
import type { Tracing } from '@lupa/core/telemetry/tracing'
import { createBestEffort } from './best-effort.ts'
import { createCancelInHand } from './cancel-in-hand.ts'
import { computeAlways, createComputeOnce } from './compute-once.ts'
import type { WorkerConfig } from './config.ts'
import type { ExpireIfLate } from './expire-job.ts'
import { withFailures } from './fail-job.ts'
import { type Metrics, measurePredictor } from './metrics.ts'
import { createPredictor } from './predictor/predictor.ts'
import { createFollowModels, modelsToPreload } from './preload.ts'
import { createProcessJob } from './process-job.ts'
import { tracedPredictor } from './traced-predictor.ts'
import { untilReleased } from './until-released.ts'

const HEARTBEAT_MS = 5000
/** A claim on a picture lasts this long at most; then its twins are computed besides. */
const CLAIM_TTL_MS = 5000
/** Beyond what the slots compute: the next image is read meanwhile. */
export const READ_AHEAD = 1
/** So long before the time to drain is over, what is still in hand is given back to the queue. */
const RELEASE_MS = 3000

/** What a worker does with models: all but its housekeeping. */
export interface Inference extends AsyncDisposable {
  /** Whether some model process answers rightly. */
  isReady(): boolean
  /** From now on jobs are taken. */
  takeJobs(): void
  /** Resolves once what is in hand has ended, or was given back. */
  stop(): Promise<void>
}

export interface InferenceDeps {
  config: WorkerConfig
  consumer: JobConsumer
  catalog: ModelCatalog
  imageStore: ImageStore
  jobStore: RecordStore
  events: JobEvents
  cache: ResultCache
  quarantine: Quarantine
  registry: WorkerRegistry
  metrics: Metrics
  tellOutcome: TellOutcome
  expireIfLate: ExpireIfLate
  tracing: Tracing
  stopping: AbortSignal
  logger: Logger
}

/** Resolves once the models are loaded, or have failed to. */
export async function openInference(deps: InferenceDeps): Promise<Inference> {
  const { config, consumer, catalog, jobStore, events, registry, metrics, tellOutcome, tracing } = deps
  const { stopping, logger } = deps
  const { name: worker } = config
  await using stack = new AsyncDisposableStack()

  const following = {
    catalog,
    aliases: createKnownAliases({ store: jobStore }),
    defaultModel: config.models.defaultModel,
    limit: config.modelsPerChild,
  }
  const preloaded = await modelsToPreload(following)
  const predictor = await createPredictor({
    slots: config.slots,
    threads: config.threads,
    maxImagePixels: config.maxImagePixels,
    executionTimeoutMs: config.executionTimeoutMs,
    modelsPerChild: config.modelsPerChild,
    jobsPerChild: config.jobsPerChild,
    selfTestEveryMs: config.selfTestEveryMs,
    batch: config.batch,
    onCapacity: (images) => consumer.setConcurrency(images + READ_AHEAD),
    // So that there is always one for each slot that can be computed now.
    waitingForLoadLimit: READ_AHEAD,
    onTrouble(isInTrouble) {
      if (isInTrouble) {
        logger.error('no model process can be started that answers rightly; no more jobs are taken')
        consumer.pause()
      } else {
        logger.info('model processes are back; jobs are taken')
        consumer.resume()
      }
    },
    preload: preloaded,
    logger,
  })
  stack.defer(() => predictor.close())
  measurePredictor(metrics.registry, predictor)

  const bestEffort = createBestEffort(logger)
  const cancelInHand = createCancelInHand({ events, jobStore, logger })
  const handle = createProcessJob({
    ...deps,
    computeOnce:
      config.cache.ttlSeconds > 0
        ? createComputeOnce({ cache: deps.cache, bestEffort, claimTtlMs: CLAIM_TTL_MS })
        : computeAlways,
    bestEffort,
    predictor: tracedPredictor(predictor, tracing),
    cancelInHand,
    worker,
    cacheScope: config.cache.scope,
  })

  const followModels = createFollowModels({
    ...following,
    preloaded,
    prepare: (model) => predictor.prepare(model),
    pin: (model) => predictor.pin(model),
  })
  // Also when the rest of the worker cannot be started, and nobody was told to stop.
  const closing = new AbortController()
  const signal = AbortSignal.any([stopping, closing.signal])
  const repeating = Promise.all([
    repeat(followModels, {
      everyMs: REFRESH_ALIASES_EVERY_MS,
      signal,
      onError: (err) => logger.debug({ err }, 'the aliases of models could not be read'),
    }),
    repeat(() => registry.beat({ worker, ...predictor.status(), slots: config.slots }), {
      everyMs: HEARTBEAT_MS,
      signal,
      onError: (err) => logger.warn({ err }, 'heartbeat failed'),
    }),
  ])
  stack.defer(async () => {
    closing.abort()
    await repeating
    await registry.leave(worker).catch(() => {})
  })

  // Jobs in hand can be canceled until the last of them has ended.
  const noneInHand = new AbortController()
  const listening = cancelInHand.listen(noneInHand.signal)
  stack.defer(async () => {
    noneInHand.abort()
    await listening
  })

  const countFailure: typeof metrics.countFailure = (code, verdict) => {
    metrics.countFailure(code, verdict)
    tracing.current().fail(code)
  }
  const { quarantine } = deps
  const failJobDeps = { jobStore, quarantine, bestEffort, tellOutcome, worker, countFailure, logger }
  const open = stack.move()
  return {
    isReady: () => predictor.status().ready,
    takeJobs() {
      const handleOrFail = withFailures(handle, failJobDeps)
      const released = releaseAfterDrain(config, deps)
      consumer.start(tracedJobHandler(untilReleased(handleOrFail, released), tracing))
    },
    stop: () => consumer.stop(),
    [Symbol.asyncDispose]: () => open[Symbol.asyncDispose](),
  }
}

/** Aborts when what is in hand had its time to end. */
function releaseAfterDrain(
  { drainMs }: Pick<WorkerConfig, 'drainMs'>,
  { stopping, logger }: Pick<InferenceDeps, 'stopping' | 'logger'>,
): AbortSignal {
  const released = new AbortController()
  const release = () => {
    logger.warn('jobs in hand did not end in time; they are given back')
    process.exitCode = 1
    released.abort(new LupaError('service_stopping', 'The worker is stopping; another one takes the job.'))
  }
  const afterMs = Math.max(drainMs - RELEASE_MS, drainMs / 2)
  stopping.addEventListener('abort', () => void setTimeout(release, afterMs).unref(), { once: true })
  return released.signal
}
