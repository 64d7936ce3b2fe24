import { openImageStore } from '@lupa/core/images/open-image-store'
import { createBullmqJobConsumer } from '@lupa/core/jobs/bullmq-job-consumer'
import { createBullmqJobQueue } from '@lupa/core/jobs/bullmq-job-queue'
import { openJobStore } from '@lupa/core/jobs/open-job-store'
import { createRedisAnsweredLog } from '@lupa/core/jobs/redis-answered-log'
import { producerConnection } from '@lupa/core/jobs/redis-connection'
import { createRedisJobEvents } from '@lupa/core/jobs/redis-job-events'
import { createRedisLease } from '@lupa/core/jobs/redis-lease'
import { createRedisQuarantine } from '@lupa/core/jobs/redis-quarantine'
import { createRedisResultCache } from '@lupa/core/jobs/redis-result-cache'
import { createRedisWorkerRegistry } from '@lupa/core/jobs/redis-worker-registry'
import { createFolderModelCatalog } from '@lupa/core/models/folder-model-catalog'
import { endWithParent } from '@lupa/core/runtime/end-with-parent'
import { readConfigOrExit } from '@lupa/core/runtime/env'
import { createLogger } from '@lupa/core/runtime/logger'
import { repeat } from '@lupa/core/runtime/repeat'
import { runUntilSignal } from '@lupa/core/runtime/run-until-signal'
import { createBullmqWebhookConsumer } from '@lupa/core/webhooks/bullmq-webhook-consumer'
import { createBullmqWebhookQueue } from '@lupa/core/webhooks/bullmq-webhook-queue'
import { createGuardedAgent } from '@lupa/core/webhooks/guarded-agent'
import { createBestEffort } from './best-effort.ts'
import { computeAlways, createComputeOnce } from './compute-once.ts'
import { readWorkerConfig } from './config.ts'
import { createDeliverWebhook } from './deliver-webhook.ts'
import { createExpireIfLate } from './expire-job.ts'
import { withFailures } from './fail-job.ts'
import { createMetrics } from './metrics.ts'
import { createPredictor } from './predictor/predictor.ts'
import { modelsToPreload } from './preload.ts'
import { serveProbes } from './probes.ts'
import { createProcessJob } from './process-job.ts'
import { createReconcile } from './reconcile.ts'
import { createTellOutcome } from './tell-outcome.ts'
import { createWriteAnswered } from './write-answered.ts'

const HEARTBEAT_MS = 5000
/** A claim on a picture lasts this long at most; then its twins are computed besides. */
const CLAIM_TTL_MS = 5000

endWithParent()
const config = readConfigOrExit(readWorkerConfig)
const { name: worker, redisUrl } = config
const logger = createLogger('worker', config.log).child({ worker })

await runUntilSignal(
  async (stopping) => {
    await using stack = new AsyncDisposableStack()

    const imageStore = await openImageStore(config.imageStore)
    const jobStore = await openJobStore(config.jobStore)
    stack.defer(() => jobStore.close())

    const redis = producerConnection({ url: redisUrl, logger })
    stack.defer(async () => redis.disconnect())
    const events = createRedisJobEvents({ redis, logger, hotSeconds: config.cache.ttlSeconds })
    const cache = createRedisResultCache({ redis, ttlSeconds: config.cache.ttlSeconds })
    const quarantine = createRedisQuarantine({ redis })
    const registry = createRedisWorkerRegistry({ redis })
    const jobQueue = createBullmqJobQueue({ redisUrl, logger })
    stack.defer(() => jobQueue.close())
    const webhookQueue = createBullmqWebhookQueue({ redisUrl, logger })
    stack.defer(() => webhookQueue.close())

    const catalog = createFolderModelCatalog({ directory: config.models.directory })
    const predictor = await createPredictor({
      slots: config.slots,
      threads: config.threads,
      executionTimeoutMs: config.executionTimeoutMs,
      modelsPerChild: config.modelsPerChild,
      jobsPerChild: config.jobsPerChild,
      preload: await modelsToPreload(catalog, config.models.defaultModel, config.modelsPerChild),
      logger,
    })
    stack.defer(() => predictor.close())

    const bestEffort = createBestEffort(logger)
    const metrics = createMetrics(predictor)
    const tellOutcome = metrics.counting(createTellOutcome({ events, webhookQueue }))
    const expireIfLate = createExpireIfLate({ jobStore, tellOutcome, queueTtlMs: config.queueTtlMs })
    const handle = createProcessJob({
      imageStore,
      jobStore,
      events,
      computeOnce:
        config.cache.ttlSeconds > 0
          ? createComputeOnce({ cache, bestEffort, claimTtlMs: CLAIM_TTL_MS })
          : computeAlways,
      bestEffort,
      quarantine,
      catalog,
      predictor,
      tellOutcome,
      expireIfLate,
      worker,
      cacheScope: config.cache.scope,
    })

    // One more than there are slots: the next image is read while they compute.
    const concurrency = config.slots + 1
    const consumer = createBullmqJobConsumer({ redisUrl, name: worker, concurrency, logger })
    const webhooks = createBullmqWebhookConsumer({ redisUrl, name: worker, logger })
    const dispatcher = createGuardedAgent(config.outbound)
    const lease = createRedisLease({ redis, name: 'reconcile', ttlMs: config.reconcileMs * 2 })
    const reconcile = createReconcile({
      imageStore,
      jobStore,
      jobQueue,
      events,
      expireIfLate,
      lease,
      logger,
      graceMs: config.reconcileMs,
    })

    const housekeeping = Promise.all([
      repeat(reconcile, {
        everyMs: config.reconcileMs,
        signal: stopping,
        onError: (err) => logger.error({ err }, 'reconcile failed'),
      }),
      repeat(() => registry.beat({ worker, ...predictor.status(), slots: config.slots }), {
        everyMs: HEARTBEAT_MS,
        signal: stopping,
        onError: (err) => logger.warn({ err }, 'heartbeat failed'),
      }),
      createRedisAnsweredLog({ redis, consumer: worker, logger }).consume(
        createWriteAnswered({ imageStore, jobStore, tellOutcome }),
        stopping,
      ),
    ])
    stack.defer(async () => {
      await housekeeping
      await Promise.allSettled([registry.leave(worker), lease.release()])
    })

    const probes = await serveProbes({
      host: config.host,
      port: config.port,
      isReady: () => !stopping.aborted && predictor.status().ready,
      registry: metrics.registry,
    })
    stack.use(probes)

    consumer.start(withFailures(handle, { jobStore, quarantine, bestEffort, tellOutcome, worker, logger }))
    webhooks.start(createDeliverWebhook({ jobStore, events, dispatcher }))
    stack.defer(() => Promise.all([consumer.stop(), webhooks.stop()]).then(() => {}))
    logger.info(
      { slots: config.slots, threads: config.threads, probe_port: probes.port },
      'worker takes jobs',
    )
    return stack.move()
  },
  { deadlineMs: config.drainMs },
)
