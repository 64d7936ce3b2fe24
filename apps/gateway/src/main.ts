import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { openImageStore } from '@lupa/core/images/open-image-store'
import { createBullmqJobQueue } from '@lupa/core/jobs/bullmq-job-queue'
import { openJobStore } from '@lupa/core/jobs/open-job-store'
import { createRedisAnsweredLog } from '@lupa/core/jobs/redis-answered-log'
import { producerConnection } from '@lupa/core/jobs/redis-connection'
import { createRedisJobEvents } from '@lupa/core/jobs/redis-job-events'
import { createRedisResultCache } from '@lupa/core/jobs/redis-result-cache'
import { createRedisWorkerRegistry } from '@lupa/core/jobs/redis-worker-registry'
import { createFolderModelCatalog } from '@lupa/core/models/folder-model-catalog'
import { endWithParent } from '@lupa/core/runtime/end-with-parent'
import { readConfigOrExit } from '@lupa/core/runtime/env'
import { createLogger } from '@lupa/core/runtime/logger'
import { runUntilSignal } from '@lupa/core/runtime/run-until-signal'
import packageJson from '../package.json' with { type: 'json' }
import { buildApp } from './app.ts'
import { readGatewayConfig } from './config.ts'

endWithParent()
const config = readConfigOrExit(readGatewayConfig)
const { redisUrl } = config
const name = `${hostname()}-${process.pid}`
const logger = createLogger('gateway', config.log).child({ gateway: name })

await runUntilSignal(
  async (stopping) => {
    await using stack = new AsyncDisposableStack()

    const imageStore = await openImageStore(config.imageStore)
    const jobStore = await openJobStore(config.jobStore)
    stack.defer(() => jobStore.close())

    const redis = producerConnection({ url: redisUrl, logger })
    stack.defer(async () => redis.disconnect())
    const jobQueue = createBullmqJobQueue({ redisUrl, logger })
    stack.defer(() => jobQueue.close())

    const app = await buildApp({
      config,
      imageStore,
      jobStore,
      jobQueue,
      jobEvents: createRedisJobEvents({ redis, logger, hotSeconds: config.cache.ttlSeconds }),
      resultCache: createRedisResultCache({ redis, ttlSeconds: config.cache.ttlSeconds }),
      answeredLog: createRedisAnsweredLog({ redis, consumer: name, logger }),
      registry: createRedisWorkerRegistry({ redis }),
      catalog: createFolderModelCatalog({ directory: config.models.directory }),
      version: packageJson.version,
      logger,
      stopping,
    })
    stack.defer(() => app.close())
    await app.listen({ host: config.host, port: config.port })
    if (!config.credentials) logger.info('no credentials are set: only this machine can reach the gateway')

    // Load balancers need a moment to see that this process is not ready any more.
    stack.defer(() => sleep(config.http.shutdownDelayMs))
    return stack.move()
  },
  { deadlineMs: config.http.shutdownDelayMs + config.drainMs },
)
