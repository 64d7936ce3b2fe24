import { LupaError } from '@lupa/core/domain/errors'
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
import { createFolderModelCatalog } from '@lupa/core/models/folder-model-catalog'
import { createKnownAliases, REFRESH_ALIASES_EVERY_MS } from '@lupa/core/models/known-aliases'
import { createBullmqRenderConsumer } from '@lupa/core/renders/bullmq-render-consumer'
import { endWithParent } from '@lupa/core/runtime/end-with-parent'
import { readConfigOrExit } from '@lupa/core/runtime/env'
import { createLogger } from '@lupa/core/runtime/logger'
import { repeat } from '@lupa/core/runtime/repeat'
import { runUntilSignal } from '@lupa/core/runtime/run-until-signal'
import { createBullmqWebhookConsumer } from '@lupa/core/webhooks/bullmq-webhook-consumer'
import { createBullmqWebhookQueue } from '@lupa/core/webhooks/bullmq-webhook-queue'
import { createGuardedAgent } from '@lupa/core/webhooks/guarded-agent'
import packageJson from '../package.json' with { type: 'json' }
import { createBestEffort } from './best-effort.ts'
import { createCancelInHand } from './cancel-in-hand.ts'
import { computeAlways, createComputeOnce } from './compute-once.ts'
import { readWorkerConfig } from './config.ts'
import { createDeliverWebhook } from './deliver-webhook.ts'
import { createEraseClients } from './erase-clients.ts'
import { createEraseExpired } from './erase-expired.ts'
import { createExpireIfLate } from './expire-job.ts'
import { createExpireOverdue } from './expire-overdue.ts'
import { withFailures } from './fail-job.ts'
import { createHostTurns } from './host-turns.ts'
import { logging } from './log-outcome.ts'
import { createMetrics } from './metrics.ts'
import { createPredictor } from './predictor/predictor.ts'
import { createFollowModels, modelsToPreload } from './preload.ts'
import { serveProbes } from './probes.ts'
import { createProcessJob } from './process-job.ts'
import { createProcessRender } from './process-render.ts'
import { createReconcile } from './reconcile.ts'
import { createReconcileBatches } from './reconcile-batches.ts'
import { createRenderer } from './renderer/renderer.ts'
import { createRequeueDeliveries } from './requeue-deliveries.ts'
import { createRequeueJobs } from './requeue-jobs.ts'
import { createSweepOrphans } from './sweep-orphans.ts'
import { untilReleased } from './until-released.ts'
import { createWriteAnswered } from './write-answered.ts'
import { createWriteOwedResults } from './write-owed-results.ts'

const HEARTBEAT_MS = 5000
/** A claim on a picture lasts this long at most; then its twins are computed besides. */
const CLAIM_TTL_MS = 5000
/** How soon after its deadline a waiting job ends. */
const OVERDUE_EVERY_MS = 2000
/** A job this young may still be on its way from the record to the queue. */
const ACCEPT_GRACE_MS = 5000
/** Beyond what the slots compute: the next image is read meanwhile. */
const READ_AHEAD = 1
/** So long before the time to drain is over, what is still in hand is given back to the queue. */
const RELEASE_MS = 3000

endWithParent()
const config = readConfigOrExit(readWorkerConfig)
const { name: worker } = config
const logger = createLogger('worker', config.log).child({ worker })

await runUntilSignal(
  async (stopping) => {
    await using stack = new AsyncDisposableStack()

    const imageStore = await openImageStore(config.imageStore)
    const inbox = await openInbox(config.inbox)
    const jobStore = await openRecordStore(config.jobStore)
    stack.defer(() => jobStore.close())

    const redisLogin = await openRedisLogin(config, { logger })
    if (redisLogin) stack.use(redisLogin)
    const connection = { redisUrl: config.redisUrl, redisLogin, logger }
    const redis = producerConnection(connection)
    stack.defer(async () => redis.disconnect())
    const events = createRedisJobEvents({ redis, logger, hotSeconds: config.cache.ttlSeconds })
    const cache = createRedisResultCache({ redis, ttlSeconds: config.cache.ttlSeconds })
    const quarantine = createRedisQuarantine({ redis })
    const registry = createRedisWorkerRegistry({ redis })
    const jobQueue = createBullmqJobQueue(connection)
    stack.defer(() => jobQueue.close())
    const webhookQueue = createBullmqWebhookQueue(connection)
    stack.defer(() => webhookQueue.close())

    const consumer = createBullmqJobConsumer({
      ...connection,
      name: worker,
      concurrency: config.slots + READ_AHEAD,
      lockDurationMs: config.jobLockMs,
      stalledIntervalMs: Math.round(config.jobLockMs / 3),
    })

    const catalog = createFolderModelCatalog({ directory: config.models.directory })
    const aliases = createKnownAliases({ store: jobStore })
    const following = {
      catalog,
      aliases,
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

    const bestEffort = createBestEffort(logger)
    const metrics = createMetrics(predictor, packageJson)
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
    const cancelInHand = createCancelInHand({ events, jobStore, logger })
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
      cancelInHand,
      worker,
      cacheScope: config.cache.scope,
      logger,
    })

    const renders = createBullmqRenderConsumer({ ...connection, redis, name: worker })
    const renderer = createRenderer({ maxImagePixels: config.maxImagePixels, logger })
    stack.defer(() => renderer.close())
    // A picture is no loss: another worker begins it anew.
    stopping.addEventListener('abort', () => void renderer.close(), { once: true })
    const webhooks = createBullmqWebhookConsumer({ ...connection, name: worker })
    const dispatcher = createGuardedAgent(config.outbound)
    // So short that another worker's next round takes over from one that died.
    const lease = createRedisLease({ redis, name: 'reconcile', ttlMs: config.reconcileMs / 2 })
    const overdueLease = createRedisLease({ redis, name: 'overdue', ttlMs: OVERDUE_EVERY_MS * 2 })
    const graceMs = Math.min(ACCEPT_GRACE_MS, config.reconcileMs)
    const requeueDeliveries = createRequeueDeliveries({
      deliveries: jobStore,
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

    const followModels = createFollowModels({
      ...following,
      preloaded,
      prepare: (model) => predictor.prepare(model),
      pin: (model) => predictor.pin(model),
    })
    const housekeeping = Promise.all([
      repeat(followModels, {
        everyMs: REFRESH_ALIASES_EVERY_MS,
        signal: stopping,
        onError: (err) => logger.debug({ err }, 'the aliases of models could not be read'),
      }),
      repeat(reconcile, {
        everyMs: config.reconcileMs,
        signal: stopping,
        onError: (err) => logger.error({ err }, 'reconcile failed'),
      }),
      repeat(expireOverdue, {
        everyMs: OVERDUE_EVERY_MS,
        signal: stopping,
        onError: (err) => logger.debug({ err }, 'overdue jobs could not be looked for'),
      }),
      repeat(() => registry.beat({ worker, ...predictor.status(), slots: config.slots }), {
        everyMs: HEARTBEAT_MS,
        signal: stopping,
        onError: (err) => logger.warn({ err }, 'heartbeat failed'),
      }),
      createRedisAnsweredLog({ redis, consumer: worker, logger }).consume(
        // The gateway that answered has counted them.
        createWriteAnswered({ imageStore, jobStore, tellOutcome: tellOnly }),
        stopping,
      ),
    ])
    stack.defer(async () => {
      await housekeeping
      await Promise.allSettled([registry.leave(worker), lease.release(), overdueLease.release()])
    })

    const probes = await serveProbes({
      host: config.host,
      port: config.port,
      isReady: () => !stopping.aborted && predictor.status().ready,
      registry: metrics.registry,
    })
    stack.use(probes)

    // Jobs in hand can be canceled until the last of them has ended.
    const noneInHand = new AbortController()
    const listening = cancelInHand.listen(noneInHand.signal)
    stack.defer(async () => {
      noneInHand.abort()
      await listening
    })
    const { countFailure, countTry } = metrics
    const failJobDeps = { jobStore, quarantine, bestEffort, tellOutcome, worker, countFailure, logger }
    consumer.start(untilReleased(withFailures(handle, failJobDeps), releaseAfterDrain(stopping)))
    webhooks.start(
      createDeliverWebhook({
        jobs: jobStore,
        batches: jobStore,
        deliveries: jobStore,
        events,
        eraseRecord,
        hostTurns: createHostTurns(),
        dispatcher,
        countTry,
      }),
    )
    renders.start(createProcessRender({ imageStore, jobStore, renderer }))
    stack.defer(async () => {
      await Promise.all([consumer.stop(), webhooks.stop(), renders.stop()])
    })
    logger.info(
      { slots: config.slots, threads: config.threads, probe_port: probes.port },
      'worker takes jobs',
    )
    return stack.move()
  },
  { deadlineMs: config.drainMs },
)

/** Aborts when what is in hand had its time to end. */
function releaseAfterDrain(stopping: AbortSignal): AbortSignal {
  const released = new AbortController()
  const release = () => {
    logger.warn('jobs in hand did not end in time; they are given back')
    process.exitCode = 1
    released.abort(new LupaError('service_stopping', 'The worker is stopping; another one takes the job.'))
  }
  const afterMs = Math.max(config.drainMs - RELEASE_MS, config.drainMs / 2)
  stopping.addEventListener('abort', () => void setTimeout(release, afterMs).unref(), { once: true })
  return released.signal
}
