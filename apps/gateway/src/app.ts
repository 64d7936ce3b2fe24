import type { Socket } from 'node:net'
import type { ZodTypeProvider } from '@fastify/type-provider-zod'
import { newJobId } from '@lupa/core/domain/ids'
import type { ImageStore } from '@lupa/core/images/image-store'
import type { AnsweredLog } from '@lupa/core/jobs/answered-log'
import type { JobEvents } from '@lupa/core/jobs/job-events'
import type { JobQueue } from '@lupa/core/jobs/job-queue'
import type { JobStore } from '@lupa/core/jobs/job-store'
import type { ResultCache } from '@lupa/core/jobs/result-cache'
import type { WorkerRegistry } from '@lupa/core/jobs/worker-registry'
import type { ModelCatalog } from '@lupa/core/models/model-catalog'
import type { Logger } from '@lupa/core/runtime/logger'
import Fastify, { LogController } from 'fastify'
import type { App } from './app-type.ts'
import type { GatewayConfig } from './config.ts'
import { createHealth } from './health.ts'
import { registerAuth } from './plugins/auth.ts'
import { handleClientError, handleFrameworkError, pathOf, registerErrors } from './plugins/errors.ts'
import { createGatewayMetrics, registerMetrics } from './plugins/metrics.ts'
import { registerOpenapi } from './plugins/openapi.ts'
import { registerUploads } from './plugins/uploads.ts'
import { createJobReader } from './read-job.ts'
import { createRedisBreaker } from './redis-breaker.ts'
import { probes } from './routes/health.ts'
import { home } from './routes/home.ts'
import { getJob } from './routes/jobs/get-job.ts'
import { getJobImage } from './routes/jobs/get-job-image.ts'
import { listJobs } from './routes/jobs/list-jobs.ts'
import { submitJob } from './routes/jobs/submit-job.ts'
import { listModels } from './routes/models.ts'
import { predict } from './routes/predict.ts'
import { getQueue } from './routes/queue.ts'
import { getWebhookSecret } from './routes/webhook-secret.ts'
import { createServedModels } from './served-models.ts'
import { createSubmit } from './submit.ts'
import { createValidateSubmission } from './validate-submission.ts'
import { createJobWaiter } from './wait.ts'

export interface GatewayDeps {
  config: Pick<
    GatewayConfig,
    | 'cache'
    | 'credentials'
    | 'http'
    | 'limits'
    | 'models'
    | 'outbound'
    | 'retentionSeconds'
    | 'userIp'
    | 'wait'
  >
  imageStore: ImageStore
  jobStore: JobStore
  jobQueue: JobQueue
  jobEvents: JobEvents
  resultCache: ResultCache
  answeredLog: AnsweredLog
  registry: WorkerRegistry
  catalog: ModelCatalog
  version: string
  logger: Logger
  /** Aborts when this process is to end: it is not ready any more, and goes on serving. */
  stopping: AbortSignal
}

/** How long Redis counts as away after it did not answer. */
const REDIS_COOL_DOWN_MS = 2000

/** The whole gateway: plugins, then routes. It does not listen. */
export async function buildApp(deps: GatewayDeps): Promise<App> {
  const { config, jobEvents, jobStore, jobQueue, imageStore, resultCache, registry, catalog, logger } = deps
  const app = createServer(deps)

  const reader = createJobReader({ events: jobEvents, store: jobStore })
  const waiter = createJobWaiter({ events: jobEvents, reader, logger })
  app.addHook('preClose', () => waiter.close())
  const models = createServedModels({ catalog, registry, defaultModel: config.models.defaultModel })
  const validate = createValidateSubmission({
    models,
    outbound: config.outbound,
    maxImagePixels: config.limits.imagePixels,
    retentionSeconds: config.retentionSeconds,
  })
  const breaker = createRedisBreaker({ coolDownMs: REDIS_COOL_DOWN_MS })
  const cacheScope = config.cache.scope
  const submit = createSubmit({ ...deps, validate, breaker, cacheScope })
  const metrics = createGatewayMetrics()

  registerErrors(app)
  registerFarewell(app, deps.stopping)
  registerRequestLog(app)
  registerAuth(app, { credentials: config.credentials })
  await registerOpenapi(app, { version: deps.version })
  registerMetrics(app, metrics)

  await app.register(async (scope: App) => {
    await registerUploads(scope, { maxImageBytes: config.limits.imageBytes })
    submitJob(scope, { submit, waiter, reader, metrics, config })
    await scope.register(async (inner: App) => predict(inner, { submit, waiter, reader, metrics, config }))
  })
  getJob(app, { reader, waiter, catalog, config })
  listJobs(app, { jobStore, jobQueue, jobEvents })
  getJobImage(app, { reader, imageStore, resultCache, cacheScope })
  listModels(app, { models })
  getQueue(app, { jobQueue, registry })
  getWebhookSecret(app, { jobStore })
  probes(app, { health: createHealth(deps) })
  home(app, { needsCredentials: config.credentials !== null })
  return app
}

function createServer({ config, logger }: GatewayDeps): App {
  const app = Fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'request_id' }),
    genReqId: ({ headers }) => readRequestId(headers['x-request-id']) ?? newJobId(),
    trustProxy: config.http.trustProxy.length > 0 ? config.http.trustProxy : false,
    // From the first byte to the last of a request; Fastify's default is without end.
    requestTimeout: config.http.uploadTimeoutMs,
    handlerTimeout: config.wait.maxMs + 15_000,
    connectionTimeout: config.wait.maxMs + 30_000,
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
  app.addHook('onSend', async (_request, reply) => {
    if (isClosing || stopping.aborted) reply.header('connection', 'close')
  })
  app.addHook('preClose', async () => {
    isClosing = true
    for (const socket of unused) if (socket.bytesRead === 0) socket.destroy()
  })
}

/** A client's own id for its request, when it is fit for logs and headers. */
function readRequestId(given: string | string[] | undefined): string | undefined {
  return typeof given === 'string' && /^[\w.-]{1,64}$/.test(given) ? given : undefined
}

/** One line per answer: never the query, the body or a file name, which may hold what is private. */
function registerRequestLog(app: App): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id)
  })
  app.addHook('onResponse', async (request, reply) => {
    const path = pathOf(request.url)
    const isProbe = ['/livez', '/readyz', '/health', '/metrics'].includes(path)
    request.log[isProbe ? 'debug' : 'info'](
      {
        method: request.method,
        path: path.slice(0, 200),
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime * 10) / 10,
        answered_id: reply.getHeader('x-request-id'),
      },
      'answered',
    )
  })
}
