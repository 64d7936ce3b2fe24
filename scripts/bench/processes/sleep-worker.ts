import { setTimeout as sleep } from 'node:timers/promises'
import { openImageStore } from '@lupa/core/images/open-image-store'
import { createBullmqJobConsumer } from '@lupa/core/jobs/bullmq-job-consumer'
import { openRecordStore } from '@lupa/core/jobs/open-record-store'
import { createRedisAdmission } from '@lupa/core/jobs/redis-admission'
import { producerConnection, untilReady } from '@lupa/core/jobs/redis-connection'
import { createRedisDrainRate } from '@lupa/core/jobs/redis-drain-rate'
import { createRedisJobEvents } from '@lupa/core/jobs/redis-job-events'
import { createRedisQuarantine } from '@lupa/core/jobs/redis-quarantine'
import { createTellOutcome } from '@lupa/core/jobs/tell-outcome'
import { createFolderModelCatalog } from '@lupa/core/models/folder-model-catalog'
import { createLogger } from '@lupa/core/runtime/logger'
import { createBullmqWebhookQueue } from '@lupa/core/webhooks/bullmq-webhook-queue'
import { createBestEffort } from '../../../apps/worker/src/best-effort.ts'
import { createCancelInHand } from '../../../apps/worker/src/cancel-in-hand.ts'
import { computeAlways } from '../../../apps/worker/src/compute-once.ts'
import { readWorkerConfig } from '../../../apps/worker/src/config.ts'
import { createExpireIfLate } from '../../../apps/worker/src/expire-job.ts'
import type { Predictor } from '../../../apps/worker/src/predictor/predictor.ts'
import { createProcessJob } from '../../../apps/worker/src/process-job.ts'
import { answerRequests, helperOptions } from './answer.ts'

// A worker whose model sleeps: queue, stores and announcements are the real ones.

export interface SleepWorkerOptions {
  name: string
  slots: number
  sleepMs: number
  env: Record<string, string>
}

const { name, slots, sleepMs, env } = helperOptions() as SleepWorkerOptions
const config = readWorkerConfig({ ...env, LOG_LEVEL: 'error' })
const logger = createLogger('sleep-worker', config.log)
const { redisUrl } = config
const redis = producerConnection({ redisUrl, logger })
await untilReady(redis, { timeoutMs: 10_000 })
const imageStore = await openImageStore(config.imageStore)
const jobStore = await openRecordStore(config.jobStore, { imageStore })
const events = createRedisJobEvents({ redis, logger, hotSeconds: 60 })
const bestEffort = createBestEffort(logger)
const webhookQueue = createBullmqWebhookQueue({ redisUrl, logger })
const tellOutcome = createTellOutcome({
  imageStore,
  events,
  admission: createRedisAdmission({ redis, limit: 0 }),
  drainRate: createRedisDrainRate({ redis }),
  deliveries: jobStore,
  webhookQueue,
  finishBatchOf: async () => {},
})

let done = 0
const predict: Predictor['predict'] = async () => {
  if (sleepMs > 0) await sleep(sleepMs)
  done++
  return {
    stored: { task: 'classify', top: [{ name: 'asleep', class: 0, confidence: 1 }] },
    view: { prediction: 'asleep', confidence: 1, predictions: [] },
    image: { width: 1, height: 1 },
    timings: { preprocess_ms: 0, inference_ms: sleepMs, postprocess_ms: 0, batch_size: 1 },
    steps: [],
  }
}
const consumer = createBullmqJobConsumer({ redisUrl, name, concurrency: slots, logger })
consumer.start(
  createProcessJob({
    imageStore,
    jobStore,
    events,
    computeOnce: computeAlways,
    bestEffort,
    quarantine: createRedisQuarantine({ redis }),
    catalog: createFolderModelCatalog({ directory: config.models.directory }),
    predictor: { predict } as Predictor,
    tellOutcome,
    expireIfLate: createExpireIfLate({ jobStore, tellOutcome, queueTtlMs: config.queueTtlMs }),
    cancelInHand: createCancelInHand({ events, jobStore, logger }),
    worker: name,
    cacheScope: config.cache.scope,
    logger,
  }),
)

answerRequests(async () => done)
