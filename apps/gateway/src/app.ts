import type { Socket } from 'node:net'
import { dirname } from 'node:path'
import type { ZodTypeProvider } from '@fastify/type-provider-zod'
import { createLocalRateLimit } from '@lupa/core/clients/local-rate-limit'
import type { RateLimit } from '@lupa/core/clients/rate-limit'
import { newJobId } from '@lupa/core/domain/ids'
import type { ImageStore } from '@lupa/core/images/image-store'
import type { Inbox } from '@lupa/core/inbox/inbox'
import { leavingResults } from '@lupa/core/inbox/write-inbox-result'
import type { Admission } from '@lupa/core/jobs/admission'
import type { AnsweredLog } from '@lupa/core/jobs/answered-log'
import type { BatchProgress } from '@lupa/core/jobs/batch-progress'
import { createCancelJob } from '@lupa/core/jobs/cancel-job'
import type { DrainRate } from '@lupa/core/jobs/drain-rate'
import { createEraseRecord } from '@lupa/core/jobs/erase-record'
import { createFinishBatch } from '@lupa/core/jobs/finish-batch'
import type { JobEvents } from '@lupa/core/jobs/job-events'
import type { JobQueue } from '@lupa/core/jobs/job-queue'
import type { RecordStore } from '@lupa/core/jobs/record-store'
import type { ResultCache } from '@lupa/core/jobs/result-cache'
import { createTellOutcome } from '@lupa/core/jobs/tell-outcome'
import type { WorkerRegistry } from '@lupa/core/jobs/worker-registry'
import type { CosmosCharges } from '@lupa/core/metrics/cosmos-charges'
import { counting } from '@lupa/core/metrics/job-outcomes'
import {
  createKnownAliases,
  type KnownAliases,
  REFRESH_ALIASES_EVERY_MS,
} from '@lupa/core/models/known-aliases'
import type { ModelCatalog } from '@lupa/core/models/model-catalog'
import type { ModelSamples } from '@lupa/core/models/model-samples'
import type { RenderQueue } from '@lupa/core/renders/render-queue'
import type { Logger } from '@lupa/core/runtime/logger'
import { repeat } from '@lupa/core/runtime/repeat'
import type { Telemetry } from '@lupa/core/telemetry/telemetry'
import type { SendWebhook } from '@lupa/core/webhooks/post-webhook'
import type { WebhookQueue } from '@lupa/core/webhooks/webhook-queue'
import Fastify, { type FastifyReply, type FastifyRequest, LogController } from 'fastify'
import { createAcceptJob } from './accept-job.ts'
import type { App } from './app-type.ts'
import { createAudit } from './audit.ts'
import { createAuthenticate } from './authenticate.ts'
import { createBreakers } from './breaker.ts'
import type { GatewayConfig } from './config.ts'
import { createDirectUploads } from './direct-uploads.ts'
import { createEraseJob } from './erase-job.ts'
import type { ImageFetcher } from './fetcher/image-fetcher.ts'
import { createFindServable } from './find-servable.ts'
import { createHandOver } from './hand-over.ts'
import { createHealth } from './health.ts'
import { createIdempotency } from './idempotency.ts'
import { isProbe } from './is-probe.ts'
import { createKnownKeys } from './known-keys.ts'
import { createMakeRender } from './make-render.ts'
import { createModelAliases } from './model-aliases.ts'
import { registerAdmission } from './plugins/admission.ts'
import { registerAuth } from './plugins/auth.ts'
import { registerBrowsers } from './plugins/browsers.ts'
import { registerConsole } from './plugins/console.ts'
import {
  handleClientError,
  handleFrameworkError,
  pathOf,
  problemOf,
  registerErrors,
  shownPath,
} from './plugins/errors.ts'
import { registerExpectContinue } from './plugins/expect-continue.ts'
import { createGatewayMetrics, measureService, registerMetrics } from './plugins/metrics.ts'
import { registerOpenapi } from './plugins/openapi.ts'
import { createQuota, registerRateLimit } from './plugins/rate-limit.ts'
import { createRequestSpans, type RequestSpans } from './plugins/tracing.ts'
import { registerUploads } from './plugins/uploads.ts'
import { createQueueOutlook } from './queue-outlook.ts'
import { createJobReader } from './read-job.ts'
import { createRedeliver } from './redeliver.ts'
import { createReplayDead } from './replay-dead.ts'
import { RequestLogger } from './request-logger.ts'
import { createRetryJob } from './retry-job.ts'
import { listAudit } from './routes/audit.ts'
import { batches } from './routes/batches/batches.ts'
import { dead } from './routes/dead.ts'
import { docs } from './routes/docs.ts'
import { erasures } from './routes/erasures.ts'
import { blobCreated } from './routes/events/blob-created.ts'
import { probes } from './routes/health.ts'
import { inferenceProtocol } from './routes/inference-protocol/inference-protocol.ts'
import { cancelJobRoute } from './routes/jobs/cancel-job.ts'
import { eraseJobRoute } from './routes/jobs/erase-job.ts'
import { followJob } from './routes/jobs/follow-job.ts'
import { getAnnotated } from './routes/jobs/get-annotated.ts'
import { getCrops } from './routes/jobs/get-crops.ts'
import { getJob } from './routes/jobs/get-job.ts'
import { getJobImage } from './routes/jobs/get-job-image.ts'
import { getRedacted } from './routes/jobs/get-redacted.ts'
import { listJobs } from './routes/jobs/list-jobs.ts'
import { retryJobRoute } from './routes/jobs/retry-job.ts'
import { submitJob } from './routes/jobs/submit-job.ts'
import { keys } from './routes/keys.ts'
import { modelAliasRoutes } from './routes/model-aliases.ts'
import { modelSamples } from './routes/model-samples.ts'
import { modelRoutes } from './routes/models.ts'
import { predict } from './routes/predict.ts'
import { getQueue } from './routes/queue.ts'
import { roboflow } from './routes/roboflow/roboflow.ts'
import { putUpload, uploads } from './routes/uploads.ts'
import { getReceiver } from './routes/webhooks/get-receiver.ts'
import { listDeliveries } from './routes/webhooks/list-deliveries.ts'
import { redeliverRoutes } from './routes/webhooks/redeliver.ts'
import { testWebhook } from './routes/webhooks/test-webhook.ts'
import { webhookSecret } from './routes/webhooks/webhook-secret.ts'
import { createServedModels } from './served-models.ts'
import { createSignJobLinks } from './sign-job-links.ts'
import { createSignedLinks } from './signed-links.ts'
import { createSubmit } from './submit.ts'
import { traceIdOf } from './trace-id.ts'
import { createValidateSubmission } from './validate-submission.ts'
import type { VerifyToken } from './verify-token.ts'
import { createJobWaiter } from './wait.ts'
import { createWaitingPlaces } from './waiting-places.ts'

export interface GatewayDeps {
  config: Pick<
    GatewayConfig,
    | 'apiKeys'
    | 'auditRetentionSeconds'
    | 'batch'
    | 'cache'
    | 'clientLimits'
    | 'credentials'
    | 'http'
    | 'imageStore'
    | 'isOpen'
    | 'jobStore'
    | 'limits'
    | 'models'
    | 'outbound'
    | 'retentionSeconds'
    | 'signedUrls'
    | 'userIp'
    | 'wait'
  >
  imageStore: ImageStore
  /** Null: it is off. */
  inbox: Inbox | null
  imageFetcher: ImageFetcher
  jobStore: RecordStore
  /** Undefined: jobs are not in Cosmos DB. */
  charges?: CosmosCharges | undefined
  jobQueue: JobQueue
  webhookQueue: WebhookQueue
  renderQueue: RenderQueue
  sendWebhook: SendWebhook
  /** What API keys are hashed with. */
  apiKeySecret: string
  /** Null: no tokens of OpenID Connect are taken. */
  verifyToken: VerifyToken | null
  rateLimit: RateLimit
  admission: Admission
  drainRate: DrainRate
  batchProgress: BatchProgress
  jobEvents: JobEvents
  resultCache: ResultCache
  answeredLog: AnsweredLog
  registry: WorkerRegistry
  catalog: ModelCatalog
  samples: ModelSamples
  telemetry: Telemetry
  /** Where the built console is, or will be. */
  consoleDirectory: string
  version: string
  logger: Logger
  /** Aborts when this process is to end: it is not ready any more, and goes on serving. */
  stopping: AbortSignal
}

/** How long a request waits for a worker to make its picture. */
const RENDER_WAIT_MS = 10_000

/** The whole gateway: plugins, then routes. It does not listen. */
export async function buildApp(deps: GatewayDeps): Promise<App> {
  const { config, jobEvents, jobStore, jobQueue, imageStore, resultCache, registry, catalog, logger } = deps
  const { tracing } = deps.telemetry
  const requestSpans = createRequestSpans(tracing)
  const app = createServer(deps, requestSpans)

  const breakers = createBreakers()
  const metrics = createGatewayMetrics({ version: deps.version })
  deps.charges?.register(metrics.registry)
  const cacheScope = config.cache.scope
  const reader = createJobReader({ events: jobEvents, store: jobStore })
  const waiter = createJobWaiter({ events: jobEvents, reader, logger })
  app.addHook('preClose', () => waiter.close())
  const aliases = createKnownAliases({ store: jobStore })
  refreshAliases(app, aliases)
  const { defaultModel } = config.models
  const models = createServedModels({ catalog, aliases, registry, defaultModel })
  const findServable = createFindServable({ catalog, models })
  const modelAliases = createModelAliases({ ...deps, store: jobStore, aliases, findServable, breakers })

  const finishBatch = createFinishBatch({ ...stores(deps), progress: deps.batchProgress })
  const tellOnly = createTellOutcome({
    ...deps,
    ...stores(deps),
    events: jobEvents,
    finishBatchOf: (record) => finishBatch.ofJob(record),
  })
  const tellOutcome = counting(leavingResults(tellOnly, deps), metrics.countOutcome)
  const idempotency = createIdempotency({ keys: jobStore, reader, breakers })
  const outlook = createQueueOutlook({ jobQueue, drainRate: deps.drainRate, breakers })
  const { countSubmit } = metrics
  const acceptJob = createAcceptJob({ jobStore, jobQueue, breakers, outlook, countSubmit, tracing })
  const validate = createValidateSubmission({
    models,
    outbound: config.outbound,
    maxImagePixels: config.limits.imagePixels,
    retentionSeconds: config.retentionSeconds,
  })
  const submit = createSubmit({
    ...deps,
    validate,
    idempotency,
    acceptJob,
    breakers,
    cacheScope,
    metrics,
    tracing,
  })
  const cancelJob = createCancelJob({ jobStore, jobQueue, tellOutcome })
  const eraseRecord = createEraseRecord({ ...deps, events: jobEvents, cacheScope })
  const eraseJob = createEraseJob({ jobStore, cancelJob, eraseRecord })
  const handOver = createHandOver({ eraseRecord })
  const { outbound, retentionSeconds } = config
  const { imageFetcher: fetcher, apiKeySecret: secret } = deps
  const links = createSignedLinks({ secret })
  const signJobLinks = createSignJobLinks({ links, imageStore, breakers, config })
  const directUploads = createDirectUploads({ imageStore, links, secret, breakers, config })
  const retryJob = createRetryJob({ ...deps, acceptJob, models, cacheScope, outbound, retentionSeconds })
  const replayDead = createReplayDead({ jobStore, idempotency, retryJob })
  const redeliver = createRedeliver(stores(deps))
  const knownKeys = createKnownKeys({
    store: jobStore,
    breaker: breakers.jobStore,
    secret: deps.apiKeySecret,
    logger,
  })
  app.addHook('onClose', () => knownKeys.close())
  const { rateLimit } = deps
  const localRateLimit = createLocalRateLimit()
  const quota = createQuota({ limits: config.clientLimits, rateLimit, localRateLimit, breakers })
  const waitingPlaces = createWaitingPlaces({ limit: config.clientLimits.waits })
  const audit = createAudit({ log: jobStore, breakers, config })

  const health = createHealth({ ...deps, breakers })
  measureService(metrics.registry, {
    ...deps,
    health,
    workers: registry,
    queueLimit: config.limits.queue,
    folders: foldersOf(config),
  })
  deps.telemetry.exportMetrics(metrics.registry)

  requestSpans.register(app)
  registerErrors(app)
  registerFarewell(app, deps.stopping)
  registerUploadClock(app, config.http.uploadTimeoutMs)
  registerRequestLog(app, logger)
  registerExpectContinue(app)
  registerBrowsers(app, { config })
  registerAuth(app, { config, links, authenticate: createAuthenticate({ ...deps, knownKeys }) })
  registerRateLimit(app, { quota, rateLimit })
  registerAdmission(app, { admission: deps.admission, outlook, breakers })
  await registerOpenapi(app, { version: deps.version, config })
  registerMetrics(app, metrics)

  const submitting = {
    submit,
    waiter,
    waitingPlaces,
    quota,
    reader,
    outlook,
    fetcher,
    directUploads,
    handOver,
    config,
  }
  await app.register(async (scope: App) => {
    await registerUploads(scope, { maxImageBytes: config.limits.imageBytes })
    submitJob(scope, submitting)
    await scope.register(async (inner: App) => predict(inner, submitting))
  })
  const compatible = { ...submitting, models, health }
  await app.register(async (scope: App) => inferenceProtocol(scope, { ...compatible, version: deps.version }))
  await app.register(async (scope: App) => roboflow(scope, compatible))
  await batches(app, {
    ...deps,
    records: jobStore,
    progress: deps.batchProgress,
    finishBatch,
    fetcher,
    directUploads,
    breakers,
    outlook,
    models,
    reader,
    acceptJob,
    cancelJob,
    eraseJob,
    retryJob,
    quota,
    waitingPlaces,
  })
  uploads(app, { directUploads, links, quota, config })
  await app.register(async (scope: App) => putUpload(scope, { directUploads, links, config }))
  await app.register(async (scope: App) => blobCreated(scope, { ...deps, submit, quota, outlook, breakers }))
  getJob(app, { reader, waiter, waitingPlaces, outlook, catalog, handOver, signJobLinks, config })
  listJobs(app, { jobStore, jobQueue, jobEvents })
  cancelJobRoute(app, { reader, cancelJob })
  eraseJobRoute(app, { reader, eraseJob })
  retryJobRoute(app, { ...deps, quota, reader, retryJob, idempotency, breakers, outlook })
  followJob(app, { reader, waiter, waitingPlaces, handOver })
  dead(app, { jobStore, replayDead, breakers, audit })
  const rendering = {
    reader,
    catalog,
    waitingPlaces,
    makeRender: createMakeRender({ ...deps, waitMs: RENDER_WAIT_MS }),
  }
  getAnnotated(app, rendering)
  getCrops(app, rendering)
  getRedacted(app, rendering)
  getJobImage(app, { reader, imageStore, resultCache, cacheScope })
  modelRoutes(app, { models })
  modelSamples(app, deps)
  modelAliasRoutes(app, { models, modelAliases, audit, config })
  getQueue(app, { ...deps, outlook })
  listDeliveries(app, { deliveries: jobStore, reader })
  redeliverRoutes(app, { deliveries: jobStore, reader, redeliver })
  webhookSecret(app, { deliveries: jobStore })
  testWebhook(app, { deliveries: jobStore, sendWebhook: deps.sendWebhook, outbound })
  getReceiver(app, { deliveries: jobStore })
  keys(app, { store: jobStore, knownKeys, secret: deps.apiKeySecret, audit })
  listAudit(app, { log: jobStore })
  erasures(app, { store: jobStore, breakers, audit, config })
  probes(app, { health })
  docs(app)
  await registerConsole(app, deps)
  return app
}

/** What telling of an end writes to, by the names it knows them by. */
function stores({ jobStore, webhookQueue }: GatewayDeps) {
  return { batches: jobStore, deliveries: jobStore, webhookQueue }
}

/** Where this machine's disks fill up, by what is kept there. */
function foldersOf({ imageStore, jobStore }: GatewayDeps['config']): Record<string, string> {
  return {
    ...(imageStore.provider === 'folder' && { images: imageStore.directory }),
    ...(jobStore.provider === 'sqlite' && { jobs: dirname(jobStore.file) }),
  }
}

/** What other gateways have pointed elsewhere. While the store is away, what was known last goes on. */
function refreshAliases(app: App, aliases: KnownAliases): void {
  const closing = new AbortController()
  let refreshing: Promise<void> | undefined
  app.addHook('onReady', async () => {
    refreshing = repeat(() => aliases.refresh(), {
      everyMs: REFRESH_ALIASES_EVERY_MS,
      signal: closing.signal,
      onError: (err) => app.log.debug({ err }, 'the aliases of models could not be read'),
    })
  })
  app.addHook('onClose', async () => {
    closing.abort()
    await refreshing
  })
}

function createServer({ config, logger }: GatewayDeps, requestSpans: RequestSpans): App {
  const app = Fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'request_id' }),
    genReqId: ({ headers }) => readRequestId(headers['x-request-id']) ?? newJobId(),
    childLoggerFactory(parent, bindings, options, raw) {
      requestSpans.begin(raw)
      return new RequestLogger(parent, () => ({ ...bindings, trace_id: traceIdOf(raw) }), options)
    },
    trustProxy: config.http.trustProxy.length > 0 ? config.http.trustProxy : false,
    // From the first byte to the last of a batch; other requests have a clock of their own.
    requestTimeout: Math.max(config.http.uploadTimeoutMs, config.batch.timeoutMs),
    handlerTimeout: config.wait.maxMs + 15_000,
    // How long nothing may be heard on a connection: an answer may take as long.
    connectionTimeout: Math.max(config.wait.maxMs, config.batch.timeoutMs) + 60_000,
    keepAliveTimeout: 65_000,
    // Closing takes as long as open requests take; whoever runs the process sets the limit.
    pluginTimeout: 0,
    // Node takes the longer of headersTimeout and requestTimeout as the limit of the whole request.
    http: {
      headersTimeout: Math.min(10_000, config.http.uploadTimeoutMs),
      connectionsCheckingInterval: 1000,
      maxHeaderSize: 16_384,
    },
    bodyLimit: 64 * 1024,
    forceCloseConnections: 'idle',
    // Requests on open connections are served until the end, and told to close.
    return503OnClosing: false,
    // As long as headers may be: an id of any length gets the same answer as one that is not there.
    routerOptions: { maxParamLength: 16_384, ignoreTrailingSlash: true },
    frameworkErrors: handleFrameworkError,
    clientErrorHandler: handleClientError,
    allowErrorHandlerOverride: false,
  }).withTypeProvider<ZodTypeProvider>()
  return app
}

/**
 * Lets connections go once the process is stopping, or they would keep it from ending: answers close
 * theirs, Node closes those that are idle, and those on which nothing was ever sent (browsers open such
 * in advance) are closed here.
 */
function registerFarewell(app: App, stopping: AbortSignal): void {
  let isClosing = false
  const unused = new Set<Socket>()
  app.server.on('connection', (socket) => {
    unused.add(socket)
    socket.once('close', () => unused.delete(socket))
  })
  app.server.on('request', ({ socket }) => unused.delete(socket))
  app.addHook('onSend', (_request, reply, _payload, done) => {
    if (isClosing || stopping.aborted) reply.header('connection', 'close')
    done()
  })
  app.addHook('preClose', async () => {
    isClosing = true
    for (const socket of unused) if (socket.bytesRead === 0) socket.destroy()
  })
}

/** Ends requests that do not arrive whole in time, as Node ends those that are later still. */
function registerUploadClock(app: App, timeoutMs: number): void {
  app.addHook('onRequest', (request, reply, done) => {
    startClock(request, reply)
    done()
  })

  function startClock({ raw, headers, routeOptions }: FastifyRequest, reply: FastifyReply): void {
    const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length']) > 0
    const { takesBatch } = routeOptions.config as { takesBatch?: boolean }
    if (!hasBody || takesBatch) return
    const clock = setTimeout(() => {
      // Requests that `inject` makes have no such field, nor a socket.
      if (!('complete' in raw) || raw.complete) return
      const late = Object.assign(new Error('Request timeout'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' })
      app.server.emit('clientError', late, raw.socket)
    }, timeoutMs)
    raw.once('close', () => clearTimeout(clock))
    reply.raw.once('finish', () => clearTimeout(clock))
  }
}

/** A client's own id for its request, when it is fit for logs and headers. */
function readRequestId(given: string | string[] | undefined): string | undefined {
  return typeof given === 'string' && /^[\w.-]{1,64}$/.test(given) ? given : undefined
}

/** One line per answer: never the query, the body or a file name, which may hold what is private. */
function registerRequestLog(app: App, logger: Logger): void {
  // Nothing in such a line can be a secret, and looking for some in each costs more than the line.
  const lines = logger.child({}, { redact: [] })
  app.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id)
    done()
  })
  app.addHook('onResponse', (request, reply, done) => {
    const path = pathOf(request.url)
    lines[isProbe(path) ? 'debug' : 'info'](
      {
        request_id: request.id,
        trace_id: traceIdOf(request.raw),
        method: request.method,
        path: shownPath(request.url),
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime * 10) / 10,
        answered_id: reply.getHeader('x-request-id'),
        code: problemOf(reply),
      },
      'answered',
    )
    done()
  })
}
