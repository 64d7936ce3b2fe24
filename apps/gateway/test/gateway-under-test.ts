import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRedisRateLimit } from '@lupa/core/clients/redis-rate-limit'
import { LupaError } from '@lupa/core/domain/errors'
import { createFolderImageStore } from '@lupa/core/images/folder-image-store'
import { openInbox } from '@lupa/core/inbox/open-inbox'
import { createBullmqJobQueue } from '@lupa/core/jobs/bullmq-job-queue'
import { createRedisAdmission } from '@lupa/core/jobs/redis-admission'
import { createRedisAnsweredLog } from '@lupa/core/jobs/redis-answered-log'
import { createRedisBatchProgress } from '@lupa/core/jobs/redis-batch-progress'
import { producerConnection, untilReady } from '@lupa/core/jobs/redis-connection'
import { createRedisDrainRate } from '@lupa/core/jobs/redis-drain-rate'
import { createRedisJobEvents } from '@lupa/core/jobs/redis-job-events'
import { createRedisResultCache } from '@lupa/core/jobs/redis-result-cache'
import { createRedisWorkerRegistry } from '@lupa/core/jobs/redis-worker-registry'
import { createSqliteRecordStore } from '@lupa/core/jobs/sqlite-record-store'
import type { ModelCatalog } from '@lupa/core/models/model-catalog'
import type { FoundModel, ModelCard, ModelPackage } from '@lupa/core/models/model-package'
import { createBullmqRenderQueue } from '@lupa/core/renders/bullmq-render-queue'
import type { Logger } from '@lupa/core/runtime/logger'
import { createLogger } from '@lupa/core/runtime/logger'
import { NO_TELEMETRY } from '@lupa/core/telemetry/telemetry'
import { createBullmqWebhookQueue } from '@lupa/core/webhooks/bullmq-webhook-queue'
import { createGuardedAgent } from '@lupa/core/webhooks/guarded-agent'
import { postWebhook } from '@lupa/core/webhooks/post-webhook'
import { buildApp, type GatewayDeps } from '../src/app.ts'
import { readGatewayConfig } from '../src/config.ts'
import { createIsolatedImageFetcher } from '../src/fetcher/isolated-image-fetcher.ts'
import { newImage } from './requests.ts'
import { startTestWorker, type TestWorker } from './test-worker.ts'

/** A gateway on real adapters in a folder of its own, and a worker that finishes its jobs without a model. */
export interface GatewayUnderTest extends AsyncDisposable {
  app: Awaited<ReturnType<typeof buildApp>>
  deps: GatewayDeps
  worker: TestWorker
  stop: AbortController
}

export const SILENT = createLogger('test', { level: 'silent', pretty: false })

export async function startGateway(
  redisUrl: string,
  {
    env = {},
    logger = SILENT,
    ...overrides
  }: { env?: NodeJS.ProcessEnv; logger?: Logger } & Partial<GatewayDeps> = {},
): Promise<GatewayUnderTest> {
  await using stack = new AsyncDisposableStack()
  const directory = mkdtempSync(join(tmpdir(), 'lupa-test-gateway-'))
  stack.defer(() => rmSync(directory, { recursive: true }))
  const config = readGatewayConfig({
    DATA_DIR: directory,
    REDIS_URL: redisUrl,
    DEFAULT_MODEL: 'coco',
    ...env,
  })

  const redis = producerConnection({ redisUrl, logger: SILENT })
  stack.defer(() => redis.disconnect())
  await untilReady(redis, { timeoutMs: 5000 })
  const jobStore = createSqliteRecordStore({ file: join(directory, 'jobs.sqlite'), synchronous: 'NORMAL' })
  stack.defer(() => jobStore.close())
  const jobQueue = createBullmqJobQueue({ redisUrl, logger: SILENT })
  stack.defer(() => jobQueue.close())
  const webhookQueue = createBullmqWebhookQueue({ redisUrl, logger: SILENT })
  stack.defer(() => webhookQueue.close())
  const renderQueue = createBullmqRenderQueue({ redisUrl, logger: SILENT })
  stack.defer(() => renderQueue.close())
  const dispatcher = createGuardedAgent(config.outbound)
  stack.defer(() => dispatcher.destroy())
  const stop = new AbortController()

  const imageFetcher = createIsolatedImageFetcher({
    outbound: config.outbound,
    maxImageBytes: config.limits.imageBytes,
    logger: SILENT,
  })
  stack.defer(() => imageFetcher.close())

  const deps: GatewayDeps = {
    config,
    imageFetcher,
    imageStore: createFolderImageStore({ directory: join(directory, 'images') }),
    inbox: await openInbox(config.inbox),
    jobStore,
    jobQueue,
    webhookQueue,
    renderQueue,
    sendWebhook: (message, signal) => postWebhook(message, { dispatcher, signal }),
    apiKeySecret: 'a secret for tests, of 32 signs or more',
    verifyToken: null,
    rateLimit: createRedisRateLimit({ redis }),
    admission: createRedisAdmission({ redis, limit: config.limits.queue }),
    drainRate: createRedisDrainRate({ redis }),
    batchProgress: createRedisBatchProgress({ redis }),
    jobEvents: createRedisJobEvents({ redis, logger: SILENT, hotSeconds: config.cache.ttlSeconds }),
    resultCache: createRedisResultCache({ redis, ttlSeconds: config.cache.ttlSeconds }),
    answeredLog: createRedisAnsweredLog({ redis, consumer: 'gateway', logger: SILENT }),
    registry: createRedisWorkerRegistry({ redis }),
    catalog: createTestCatalog(),
    samples: {
      list: async () => ['sample.png'],
      get: async (_model, name) => (name === 'sample.png' ? newImage() : undefined),
    },
    telemetry: NO_TELEMETRY,
    consoleDirectory: makeConsole(join(directory, 'console')),
    version: '1.2.3',
    logger,
    stopping: stop.signal,
    ...overrides,
  }
  const worker = stack.use(startTestWorker(redisUrl, deps))
  const app = await buildApp(deps)
  stack.defer(() => app.close())
  await app.ready()
  const running = stack.move()
  return { app, deps, worker, stop, [Symbol.asyncDispose]: () => running.disposeAsync() }
}

/** A page that stands in for the built console. */
function makeConsole(directory: string): string {
  mkdirSync(join(directory, 'assets'), { recursive: true })
  writeFileSync(join(directory, 'index.html'), '<!doctype html><title>The console</title>')
  writeFileSync(join(directory, 'assets/page-abcd1234.js'), 'document.title')
  return directory
}

const COCO: ModelPackage = {
  name: 'coco',
  version: '2',
  task: 'detect',
  names: [
    'person',
    'bicycle',
    'car',
    'traffic light',
    ...Array.from({ length: 26 }, (_, number) => `thing ${number}`),
  ],
  imgsz: { width: 640, height: 640 },
  stride: 32,
  fit: 'pad',
  keypoints: null,
  endToEnd: null,
  digest: `sha256:${'c'.repeat(64)}`,
  path: '/models/coco/2/model.onnx',
  bytes: 12_000_000,
  licence: 'AGPL-3.0',
  description: 'Everyday things',
}

const BOTTLES: ModelPackage = {
  ...COCO,
  name: 'bottle-status',
  version: '1',
  task: 'classify',
  names: ['aberta', 'fechada'],
  imgsz: { width: 224, height: 224 },
  digest: `sha256:${'b'.repeat(64)}`,
}

const CARD: ModelCard = {
  metrics: { held_out: { mAP50: 0.9 } },
  trainedOn: { pictures: 4000 },
  limits: ['It never saw a cat.'],
}

/** The port's promises over models that need no files. */
function createTestCatalog(): ModelCatalog {
  const served = [BOTTLES, COCO, { ...COCO, version: '1', digest: `sha256:${'a'.repeat(64)}` }]
  const broken: FoundModel = {
    name: 'broken',
    version: '1',
    package: null,
    card: null,
    failure: 'Its metadata is missing: write a manifest.',
  }
  const found: FoundModel[] = [
    ...served.map((one) => ({
      name: one.name,
      version: one.version,
      package: one,
      card: CARD,
      failure: null,
    })),
    broken,
  ]
  return {
    async list() {
      return found
    },
    async has(name, version) {
      return found.some((one) => one.name === name && one.version === version)
    },
    async resolve(wanted) {
      const [name, version] = wanted.split('@')
      const model = found.find(
        (one) => one.name === name && (version === undefined || one.version === version),
      )
      if (!model)
        throw new LupaError('model_not_found', `There is no model ${wanted}. There is bottle-status, coco.`)
      if (!model.package) throw new LupaError('model_unavailable', model.failure)
      return model.package
    },
  }
}
