import { openImageStore } from '@lupa/core/images/open-image-store'
import { openInbox } from '@lupa/core/inbox/open-inbox'
import { leavingResults } from '@lupa/core/inbox/write-inbox-result'
import { createBullmqJobConsumer } from '@lupa/core/jobs/bullmq-job-consumer'
import { createBullmqJobQueue } from '@lupa/core/jobs/bullmq-job-queue'
import { createCancelJob } from '@lupa/core/jobs/cancel-job'
import { createEraseRecord } from '@lupa/core/jobs/erase-record'
import { createFinishBatch } from '@lupa/core/jobs/finish-batch'
import { openRecordStore } from '@lupa/core/jobs/open-record-store'
import { openRedisLogin } from '@lupa/core/jobs/open-redis-login'
import { createRedisAdmission } from '@lupa/core/jobs/redis-admission'
import { createRedisAnsweredLog } from '@lupa/core/jobs/redis-answered-log'
import { createRedisBatchProgress } from '@lupa/core/jobs/redis-batch-progress'
import { producerConnection } from '@lupa/core/jobs/redis-connection'
import { createRedisDrainRate } from '@lupa/core/jobs/redis-drain-rate'
import { createRedisJobEvents } from '@lupa/core/jobs/redis-job-events'
import { createRedisLease } from '@lupa/core/jobs/redis-lease'
import { createRedisQuarantine } from '@lupa/core/jobs/redis-quarantine'
import { createRedisResultCache } from '@lupa/core/jobs/redis-result-cache'
import { createRedisWorkerRegistry } from '@lupa/core/jobs/redis-worker-registry'
import { createTellOutcome } from '@lupa/core/jobs/tell-outcome'
import { cosmosChargesOf } from '@lupa/core/metrics/cosmos-charges'
import { createFolderModelCatalog } from '@lupa/core/models/folder-model-catalog'
import { createBullmqRenderConsumer } from '@lupa/core/renders/bullmq-render-consumer'
import { endWithParent } from '@lupa/core/runtime/end-with-parent'
import { readConfigOrExit } from '@lupa/core/runtime/env'
import { createLogger } from '@lupa/core/runtime/logger'
import { repeat } from '@lupa/core/runtime/repeat'
import { runUntilSignal } from '@lupa/core/runtime/run-until-signal'
import { openTelemetry } from '@lupa/core/telemetry/open-telemetry'
import { tracedDeliverWebhook, tracedJobQueue, tracedWebhookQueue } from '@lupa/core/telemetry/traced-queues'
import { tracedImageStore, tracedRecordStore, tracedResultCache } from '@lupa/core/telemetry/traced-stores'
import { createBullmqWebhookConsumer } from '@lupa/core/webhooks/bullmq-webhook-consumer'
import { createBullmqWebhookQueue } from '@lupa/core/webhooks/bullmq-webhook-queue'
import { createGuardedAgent } from '@lupa/core/webhooks/guarded-agent'
import packageJson from '../package.json' with { type: 'json' }
import { readWorkerConfig } from './config.ts'
import { createDeliverWebhook } from './deliver-webhook.ts'
import { createEraseClients } from './erase-clients.ts'
import { createEraseExpired } from './erase-expired.ts'
import { createExpireIfLate } from './expire-job.ts'
import { createExpireOverdue } from './expire-overdue.ts'
import { createHostTurns } from './host-turns.ts'
import { openInference, READ_AHEAD } from './inference.ts'
import { logging } from './log-outcome.ts'
import { createMetrics } from './metrics.ts'
import { serveProbes } from './probes.ts'
import { createProcessRender } from './process-render.ts'
import { createReconcile } from './reconcile.ts'
import { createReconcileBatches } from './reconcile-batches.ts'
import { createRenderer } from './renderer/renderer.ts'
import { createRequeueDeliveries } from './requeue-deliveries.ts'
import { createRequeueJobs } from './requeue-jobs.ts'
import { createSweepOrphans } from './sweep-orphans.ts'
import { createWriteAnswered } from './write-answered.ts'
import { createWriteOwedResults } from './write-owed-results.ts'

/** How soon after its deadline a waiting job ends. */
const OVERDUE_EVERY_MS = 2000
/** A job this young may still be on its way from the record to the queue. */
const ACCEPT_GRACE_MS = 5000

endWithParent()
const config = readConfigOrExit(readWorkerConfig)
const { name: worker } = config
const logger = createLogger('worker', config.log).child({ worker })

await runUntilSignal(
  async (stopping) => {
    await using stack = new AsyncDisposableStack()

    const service = { name: 'lupa-worker', version: packageJson.version, instance: worker }
    const telemetry = await openTelemetry(config.telemetry, service, logger)
    stack.defer(() => telemetry.close())
    const { tracing } = telemetry

    const imageStore = tracedImageStore(await openImageStore(config.imageStore), tracing)
    const inbox = await openInbox(config.inbox)
    const charges = cosmosChargesOf(config.jobStore, logger)
    const jobStore = tracedRecordStore(
      await openRecordStore(config.jobStore, { imageStore, charges }),
      config.jobStore,
      tracing,
    )
    stack.defer(() => jobStore.close())

    const redisLogin = await openRedisLogin(config, { logger })
    if (redisLogin) stack.use(redisLogin)
    const connection = { redisUrl: config.redisUrl, redisLogin, logger }
    const redis = producerConnection(connection)
    stack.defer(async () => redis.disconnect())
    const events = createRedisJobEvents({ redis, logger, hotSeconds: config.cache.ttlSeconds })
    const cache = tracedResultCache(
      createRedisResultCache({ redis, ttlSeconds: config.cache.ttlSeconds }),
      tracing,
    )
    const jobQueue = tracedJobQueue(createBullmqJobQueue(connection), tracing)
    stack.defer(() => jobQueue.close())
    const webhookQueue = tracedWebhookQueue(createBullmqWebhookQueue(connection), tracing)
    stack.defer(() => webhookQueue.close())

    const metrics = createMetrics(packageJson)
    charges?.register(metrics.registry)
    telemetry.exportMetrics(metrics.registry)
    const finishBatch = createFinishBatch({
      batches: jobStore,
      deliveries: jobStore,
      webhookQueue,
      progress: createRedisBatchProgress({ redis }),
    })
    const tellOnly = createTellOutcome({
      imageStore,
      events,
      // Places are given back here, and reserved by the gateway alone: it knows the limit.
      admission: createRedisAdmission({ redis, limit: 0 }),
      drainRate: createRedisDrainRate({ redis }),
      deliveries: jobStore,
      webhookQueue,
      finishBatchOf: (record) => finishBatch.ofJob(record),
    })
    const tellOutcome = logging(metrics.counting(leavingResults(tellOnly, { inbox, logger })), logger)
    const expireIfLate = createExpireIfLate({ jobStore, tellOutcome, queueTtlMs: config.queueTtlMs })
    const cancelJob = createCancelJob({ jobStore, jobQueue, tellOutcome })
    const eraseRecord = createEraseRecord({
      jobStore,
      imageStore,
      events,
      resultCache: cache,
      cacheScope: config.cache.scope,
    })
    // A worker of the role `housekeeping` does all but this.
    const inference =
      config.role === 'worker'
        ? await openInference({
            config,
            consumer: createBullmqJobConsumer({
              ...connection,
              name: worker,
              concurrency: config.slots + READ_AHEAD,
              traceIdOf: async (id) => (await jobStore.get(id))?.trace_id,
              lockDurationMs: config.jobLockMs,
              stalledIntervalMs: Math.round(config.jobLockMs / 3),
            }),
            catalog: createFolderModelCatalog({ directory: config.models.directory }),
            imageStore,
            jobStore,
            events,
            cache,
            quarantine: createRedisQuarantine({ redis }),
            registry: createRedisWorkerRegistry({ redis }),
            metrics,
            tellOutcome,
            expireIfLate,
            tracing,
            stopping,
            logger,
          })
        : undefined
    if (inference) stack.use(inference)

    const renders = createBullmqRenderConsumer({ ...connection, redis, name: worker })
    const renderer = createRenderer({ maxImagePixels: config.maxImagePixels, logger })
    stack.defer(() => renderer.close())
    // A picture is no loss: another worker begins it anew.
    stopping.addEventListener('abort', () => void renderer.close(), { once: true })
    const webhooks = createBullmqWebhookConsumer({
      ...connection,
      name: worker,
      traceIdOf: async (id) => {
        const delivery = await jobStore.getDelivery(id)
        return delivery?.job_id ? (await jobStore.get(delivery.job_id))?.trace_id : undefined
      },
    })
    const dispatcher = createGuardedAgent(config.outbound)
    // So short that another worker's next round takes over from one that died.
    const lease = createRedisLease({ redis, name: 'reconcile', ttlMs: config.reconcileMs / 2 })
    const overdueLease = createRedisLease({ redis, name: 'overdue', ttlMs: OVERDUE_EVERY_MS * 2 })
    const graceMs = Math.min(ACCEPT_GRACE_MS, config.reconcileMs)
    const requeueDeliveries = createRequeueDeliveries({
      deliveries: jobStore,
      jobs: jobStore,
      webhookQueue,
      logger,
      graceMs: config.reconcileMs,
    })
    const reconcileBatches = createReconcileBatches({
      batches: jobStore,
      keys: jobStore,
      finishBatch,
      logger,
      graceMs: config.reconcileMs,
    })
    const reconcile = createReconcile({
      steps: [
        createRequeueJobs({ jobStore, jobQueue, expireIfLate, logger, graceMs }),
        { name: 'requeue deliveries', run: () => requeueDeliveries() },
        { name: 'finish batches', run: () => reconcileBatches() },
        createEraseExpired({ eraseRecord, jobStore, jobQueue }),
        createEraseClients({ jobStore, cancelJob, eraseRecord, resultCache: cache, logger }),
        createSweepOrphans({ imageStore, jobStore, logger }),
        ...(inbox ? [createWriteOwedResults({ inbox, jobStore })] : []),
      ],
      lease,
      logger,
    })
    const expireOverdue = createReconcile({
      steps: [createExpireOverdue({ jobStore, jobQueue, expireIfLate })],
      lease: overdueLease,
      logger,
    })

    // Also when the rest cannot be started, and nobody was told to stop.
    const closing = new AbortController()
    const signal = AbortSignal.any([stopping, closing.signal])
    const housekeeping = Promise.all([
      repeat(reconcile, {
        everyMs: config.reconcileMs,
        signal,
        onError: (err) => logger.error({ err }, 'reconcile failed'),
      }),
      repeat(expireOverdue, {
        everyMs: OVERDUE_EVERY_MS,
        signal,
        onError: (err) => logger.debug({ err }, 'overdue jobs could not be looked for'),
      }),
      createRedisAnsweredLog({ redis, consumer: worker, logger }).consume(
        // The gateway that answered has counted them.
        createWriteAnswered({ imageStore, jobStore, tellOutcome: tellOnly, tracing }),
        signal,
      ),
    ])
    stack.defer(async () => {
      closing.abort()
      await housekeeping
      await Promise.allSettled([lease.release(), overdueLease.release()])
    })

    const probes = await serveProbes({
      host: config.host,
      port: config.port,
      isReady: () => !stopping.aborted && (inference?.isReady() ?? true),
      registry: metrics.registry,
    })
    stack.use(probes)

    inference?.takeJobs()
    const deliverWebhook = createDeliverWebhook({
      jobs: jobStore,
      batches: jobStore,
      deliveries: jobStore,
      events,
      eraseRecord,
      hostTurns: createHostTurns(),
      dispatcher,
      countTry: metrics.countTry,
      tracing,
    })
    webhooks.start(tracedDeliverWebhook(deliverWebhook, tracing))
    renders.start(createProcessRender({ imageStore, jobStore, renderer }))
    stack.defer(async () => {
      await Promise.all([inference?.stop(), webhooks.stop(), renders.stop()])
    })
    if (inference) {
      const { slots, threads } = config
      logger.info({ slots, threads, probe_port: probes.port }, 'worker takes jobs')
    } else {
      logger.info({ probe_port: probes.port }, 'worker keeps house, and takes no jobs')
    }
    return stack.move()
  },
  { deadlineMs: config.drainMs },
)
