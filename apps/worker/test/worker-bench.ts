import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { JobRecord } from '@lupa/core/domain/job'
import { viewPrediction } from '@lupa/core/domain/view-prediction'
import { createFolderImageStore } from '@lupa/core/images/folder-image-store'
import { createBullmqJobQueue } from '@lupa/core/jobs/bullmq-job-queue'
import { createCancelJob } from '@lupa/core/jobs/cancel-job'
import { createEraseRecord } from '@lupa/core/jobs/erase-record'
import { createFinishBatch } from '@lupa/core/jobs/finish-batch'
import type { JobInHand } from '@lupa/core/jobs/job-consumer'
import { createRedisAdmission } from '@lupa/core/jobs/redis-admission'
import { createRedisBatchProgress } from '@lupa/core/jobs/redis-batch-progress'
import { producerConnection } from '@lupa/core/jobs/redis-connection'
import { createRedisDrainRate } from '@lupa/core/jobs/redis-drain-rate'
import { createRedisJobEvents } from '@lupa/core/jobs/redis-job-events'
import { createRedisQuarantine } from '@lupa/core/jobs/redis-quarantine'
import { createRedisResultCache } from '@lupa/core/jobs/redis-result-cache'
import { createSqliteRecordStore } from '@lupa/core/jobs/sqlite-record-store'
import { createTellOutcome } from '@lupa/core/jobs/tell-outcome'
import type { ModelCatalog } from '@lupa/core/models/model-catalog'
import type { ModelPackage } from '@lupa/core/models/model-package'
import { createLogger } from '@lupa/core/runtime/logger'
import { createBullmqWebhookQueue } from '@lupa/core/webhooks/bullmq-webhook-queue'
import type { WebhookNotice, WebhookQueue } from '@lupa/core/webhooks/webhook-queue'
import { aJobRecord } from '../../../packages/core/test/job-records.ts'
import { aModelPackage } from '../../../packages/core/test/model-packages.ts'
import { startRedisServer } from '../../../packages/core/test/services/redis-server.ts'
import { createBestEffort } from '../src/best-effort.ts'
import { createCancelInHand } from '../src/cancel-in-hand.ts'
import { createComputeOnce } from '../src/compute-once.ts'
import { createExpireIfLate } from '../src/expire-job.ts'
import { withFailures } from '../src/fail-job.ts'
import type { Predictor } from '../src/predictor/predictor.ts'
import { createProcessJob } from '../src/process-job.ts'

const PICTURE = Buffer.from('the bytes of a picture')

/**
 * A worker's parts on real stores and a real Redis; only the model is told by the test, and what comes
 * between the worker and its stores.
 */
export async function startWorkerBench(
  predict: Predictor['predict'],
  between: <Store extends object>(store: Store) => Store = (store) => store,
) {
  const directory = mkdtempSync(join(tmpdir(), 'lupa-worker-'))
  const server = await startRedisServer()
  const logger = createLogger('test', { level: 'silent', pretty: false })
  const redis = producerConnection({ redisUrl: server.url, logger })
  const imageStore = createFolderImageStore({ directory: join(directory, 'images') })
  const jobStore = createSqliteRecordStore({ file: join(directory, 'jobs.sqlite'), synchronous: 'NORMAL' })
  const jobQueue = createBullmqJobQueue({ redisUrl: server.url, logger })
  const events = createRedisJobEvents({ redis, hotSeconds: 60, logger })
  const cache = createRedisResultCache({ redis, ttlSeconds: 60 })
  const quarantine = createRedisQuarantine({ redis })
  const bestEffort = createBestEffort(logger)
  const notices: WebhookNotice[] = []
  const realWebhookQueue = createBullmqWebhookQueue({ redisUrl: server.url, logger })
  const webhookQueue: WebhookQueue = {
    ...realWebhookQueue,
    async enqueue(notice) {
      notices.push(notice)
      await realWebhookQueue.enqueue(notice)
    },
  }
  const admission = createRedisAdmission({ redis, limit: 10_000 })
  const progress = createRedisBatchProgress({ redis })
  const finishBatch = createFinishBatch({ batches: jobStore, deliveries: jobStore, webhookQueue, progress })
  const tellOutcome = createTellOutcome({
    imageStore,
    events,
    admission,
    drainRate: createRedisDrainRate({ redis }),
    deliveries: between(jobStore),
    webhookQueue,
    finishBatchOf: (record) => finishBatch.ofJob(record),
  })
  const predictor: Predictor = {
    predict,
    prepare: () => {},
    pin: () => {},
    status: () => ({
      ready: true,
      slots: 1,
      busy: 0,
      waiting: 0,
      restarts: 0,
      models: [],
      selfTests: [],
      children: { rssBytes: 0, cpuSeconds: 0 },
    }),
    close: async () => {},
  }
  const deps = {
    imageStore: between(imageStore),
    jobStore: between(jobStore),
    events,
    computeOnce: createComputeOnce({ cache, bestEffort, claimTtlMs: 5000 }),
    bestEffort,
    quarantine,
    catalog: catalogOf(aJobRecord()),
    predictor,
    tellOutcome,
    cancelInHand: createCancelInHand({ events, jobStore: between(jobStore), logger, pollMs: 500 }),
    expireIfLate: createExpireIfLate({ jobStore: between(jobStore), tellOutcome, queueTtlMs: 3_600_000 }),
    worker: 'worker-1',
    cacheScope: 'client',
    logger,
  } as const

  return {
    ...deps,
    imageStore,
    jobStore,
    jobQueue,
    cancelJob: createCancelJob({ jobStore, jobQueue, tellOutcome }),
    eraseRecord: createEraseRecord({
      jobStore,
      imageStore,
      events,
      resultCache: cache,
      cacheScope: 'client',
    }),
    webhookQueue,
    admission,
    finishBatch,
    cache,
    notices,
    redis,
    redisUrl: server.url,
    handle: withFailures(createProcessJob(deps), deps),
    /** A job as the gateway leaves it: image first, then the record. */
    async accept(
      overrides: Parameters<typeof aJobRecord>[0] = {},
      picture: string | Uint8Array = PICTURE,
    ): Promise<JobRecord> {
      const record = aJobRecord(overrides)
      await imageStore.put(record.id, Buffer.from(picture), { contentType: 'image/jpeg' })
      await jobStore.create(record)
      return record
    },
    async [Symbol.asyncDispose]() {
      await jobQueue.close()
      await realWebhookQueue.close()
      redis.disconnect()
      await server[Symbol.asyncDispose]()
      await jobStore.close()
      rmSync(directory, { recursive: true })
    },
  }
}

export type WorkerBench = Awaited<ReturnType<typeof startWorkerBench>>

/** A predictor that says "aberta" of every picture, and counts how often it was asked. */
export function sayOpen(): { predict: Predictor['predict']; asked: () => number } {
  let asked = 0
  return {
    asked: () => asked,
    async predict({ params }) {
      asked++
      const stored = { task: 'classify' as const, top: [{ name: 'aberta', class: 0, confidence: 0.9 }] }
      const image = { width: 1280, height: 720 }
      return {
        stored,
        view: viewPrediction(stored, params, image),
        image,
        timings: { preprocess_ms: 1, inference_ms: 2, postprocess_ms: 0.1 },
        steps: [],
      }
    },
  }
}

/** Unless said otherwise, what became of the attempts before is that their worker died. */
export const inHand = (record: JobRecord, attempt = 1, isLastAttempt = false): JobInHand => ({
  id: record.id,
  attempt,
  failures: 0,
  losses: attempt - 1,
  isLastAttempt,
})

export const notAborted = new AbortController().signal

function catalogOf({ model }: JobRecord): ModelCatalog {
  const known: ModelPackage = { ...aModelPackage(model.name), ...model, names: ['aberta', 'fechada'] }
  const card = { metrics: null, trainedOn: null, limits: null }
  return {
    list: async () => [{ ...model, package: known, card, failure: null }],
    has: async () => true,
    resolve: async () => known,
  }
}
