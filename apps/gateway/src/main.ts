import { hostname } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createRedisRateLimit } from '@lupa/core/clients/redis-rate-limit'
import { openImageStore } from '@lupa/core/images/open-image-store'
import { openInbox } from '@lupa/core/inbox/open-inbox'
import { createBullmqJobQueue } from '@lupa/core/jobs/bullmq-job-queue'
import { openRecordStore } from '@lupa/core/jobs/open-record-store'
import { openRedisLogin } from '@lupa/core/jobs/open-redis-login'
import { createRedisAdmission } from '@lupa/core/jobs/redis-admission'
import { createRedisAnsweredLog } from '@lupa/core/jobs/redis-answered-log'
import { createRedisBatchProgress } from '@lupa/core/jobs/redis-batch-progress'
import { producerConnection } from '@lupa/core/jobs/redis-connection'
import { createRedisDrainRate } from '@lupa/core/jobs/redis-drain-rate'
import { createRedisJobEvents } from '@lupa/core/jobs/redis-job-events'
import { createRedisResultCache } from '@lupa/core/jobs/redis-result-cache'
import { createRedisWorkerRegistry } from '@lupa/core/jobs/redis-worker-registry'
import { cosmosChargesOf } from '@lupa/core/metrics/cosmos-charges'
import { createFolderModelCatalog } from '@lupa/core/models/folder-model-catalog'
import { createFolderModelSamples } from '@lupa/core/models/folder-model-samples'
import { createBullmqRenderQueue } from '@lupa/core/renders/bullmq-render-queue'
import { endWithParent } from '@lupa/core/runtime/end-with-parent'
import { readConfigOrExit } from '@lupa/core/runtime/env'
import { listening } from '@lupa/core/runtime/listening'
import { createLogger } from '@lupa/core/runtime/logger'
import { runUntilSignal } from '@lupa/core/runtime/run-until-signal'
import { openTelemetry } from '@lupa/core/telemetry/open-telemetry'
import { tracedPort } from '@lupa/core/telemetry/traced-port'
import { tracedPost } from '@lupa/core/telemetry/traced-post'
import { tracedJobQueue, tracedWebhookQueue } from '@lupa/core/telemetry/traced-queues'
import { tracedImageStore, tracedRecordStore, tracedResultCache } from '@lupa/core/telemetry/traced-stores'
import { createBullmqWebhookQueue } from '@lupa/core/webhooks/bullmq-webhook-queue'
import { ASK_ISSUERS } from '@lupa/core/webhooks/guard-address'
import { createGuardedAgent } from '@lupa/core/webhooks/guarded-agent'
import { postWebhook } from '@lupa/core/webhooks/post-webhook'
import packageJson from '../package.json' with { type: 'json' }
import { readApiKeySecret } from './api-key-secret.ts'
import { buildApp } from './app.ts'
import { readGatewayConfig } from './config.ts'
import { createIsolatedImageFetcher } from './fetcher/isolated-image-fetcher.ts'
import { createVerifyToken } from './verify-token.ts'

/** The keys of an issuer of tokens. */
const MAX_KEY_SET_BYTES = 1024 * 1024
const CONSOLE_DIRECTORY = join(import.meta.dirname, '../../console/dist')

endWithParent()
const config = readConfigOrExit(readGatewayConfig)
const name = `${hostname()}-${process.pid}`
const logger = createLogger('gateway', config.log).child({ gateway: name })

await runUntilSignal(
  async (stopping) => {
    await using stack = new AsyncDisposableStack()

    const service = { name: 'lupa-gateway', version: packageJson.version, instance: name }
    const telemetry = await openTelemetry(config.telemetry, service, logger)
    stack.defer(() => telemetry.close())
    const { tracing } = telemetry

    const imageStore = tracedImageStore(await openImageStore(config.imageStore), tracing)
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
    const jobQueue = tracedJobQueue(createBullmqJobQueue(connection), tracing)
    stack.defer(() => jobQueue.close())
    const webhookQueue = tracedWebhookQueue(createBullmqWebhookQueue(connection), tracing)
    stack.defer(() => webhookQueue.close())

    const renderQueue = createBullmqRenderQueue(connection)
    stack.defer(() => renderQueue.close())

    const dispatcher = createGuardedAgent(config.outbound)
    stack.defer(() => dispatcher.destroy())

    const imageFetcher = createIsolatedImageFetcher({
      outbound: config.outbound,
      maxImageBytes: config.limits.imageBytes,
      logger,
    })
    stack.defer(() => imageFetcher.close())

    const post = tracedPost(postWebhook, tracing)
    const resultCache = createRedisResultCache({ redis, ttlSeconds: config.cache.ttlSeconds })

    const issuerAgent = createGuardedAgent(config.outbound, {
      purpose: ASK_ISSUERS,
      maxResponseBytes: MAX_KEY_SET_BYTES,
    })
    stack.defer(() => issuerAgent.destroy())

    const app = await buildApp({
      config,
      imageStore,
      inbox: await openInbox(config.inbox),
      imageFetcher: tracedPort(imageFetcher, { target: 'image_url' }, ['fetch'], tracing),
      jobStore,
      charges,
      jobQueue,
      webhookQueue,
      renderQueue,
      sendWebhook: (message, signal) => post(message, { dispatcher, signal }),
      apiKeySecret: await readApiKeySecret(config.apiKeySecret),
      verifyToken: config.oidc && createVerifyToken({ oidc: config.oidc, dispatcher: issuerAgent }),
      rateLimit: createRedisRateLimit({ redis }),
      admission: createRedisAdmission({ redis, limit: config.limits.queue }),
      drainRate: createRedisDrainRate({ redis }),
      batchProgress: createRedisBatchProgress({ redis }),
      jobEvents: createRedisJobEvents({ redis, logger, hotSeconds: config.cache.ttlSeconds }),
      resultCache: tracedResultCache(resultCache, tracing),
      answeredLog: createRedisAnsweredLog({
        redis,
        consumer: name,
        logger,
        hotSeconds: config.cache.ttlSeconds,
      }),
      registry: createRedisWorkerRegistry({ redis }),
      catalog: createFolderModelCatalog({ directory: config.models.directory }),
      samples: createFolderModelSamples({ directory: config.models.directory }),
      telemetry,
      consoleDirectory: CONSOLE_DIRECTORY,
      version: packageJson.version,
      logger,
      stopping,
    })
    stack.defer(() => app.close())
    const place = { host: config.host, port: config.port }
    await listening({ ...place, setting: 'PORT' }, () => app.listen(place))
    if (config.isOpen) logger.info('no credentials are set: only this machine can reach the gateway')

    // Load balancers need a moment to see that this process is not ready any more.
    stack.defer(() => sleep(config.http.shutdownDelayMs))
    return stack.move()
  },
  { deadlineMs: config.http.shutdownDelayMs + config.drainMs },
)
