import { Batch, type BatchRecord } from '@lupa/core/domain/batch'
import { LupaError } from '@lupa/core/domain/errors'
import { newJobId } from '@lupa/core/domain/ids'
import { createJob } from '@lupa/core/domain/job'
import type { FastifyRequest } from 'fastify'
import type { AcceptJob } from '../../accept-job.ts'
import type { App } from '../../app-type.ts'
import type { BatchMember, FillBatch } from '../../batch-fill.ts'
import type { BatchIdempotency } from '../../batch-idempotency.ts'
import type { BatchReader } from '../../batch-reader.ts'
import { BatchParameters, type BatchSettings, type ReadBatchSettings } from '../../batch-settings.ts'
import { type BatchStage, type BatchStageDeps, stageImages } from '../../batch-stage.ts'
import { type BatchUpload, type BatchUploadDeps, noneAccepted, openBatchUpload } from '../../batch-upload.ts'
import { assertAllClosed } from '../../breaker.ts'
import type { GatewayConfig } from '../../config.ts'
import { readIdempotencyKey } from '../../idempotency.ts'
import { clientOf } from '../../plugins/auth.ts'
import { problems } from '../../plugins/openapi.ts'
import type { Quota } from '../../plugins/rate-limit.ts'
import type { QueueOutlook } from '../../queue-outlook.ts'
import { traceIdOf } from '../../trace-id.ts'
import { toUserIp } from '../../user-ip.ts'
import { fingerprintOf } from '../../validate-submission.ts'
import { gone } from '../gone.ts'
import { mayUseCache } from '../jobs/submit-job.ts'
import { answerBatch } from './answer-batch.ts'
import { tellingOfRoom } from './telling-of-room.ts'

export interface CreateBatchDeps extends BatchStageDeps, Pick<BatchUploadDeps, 'fetcher' | 'directUploads'> {
  acceptJob: AcceptJob
  fillBatch: FillBatch
  quota: Quota
  batchReader: BatchReader
  idempotency: BatchIdempotency
  outlook: QueueOutlook
  readBatchSettings: ReadBatchSettings
  config: Pick<GatewayConfig, 'batch' | 'limits' | 'userIp'>
  longestMs: number
}

export function createBatchRoute(app: App, deps: CreateBatchDeps): void {
  const { fetcher, directUploads } = deps
  const { batch, limits } = deps.config
  app.post(
    '/v1/batches',
    {
      config: { scope: 'jobs:write', takesBatch: true, takesKey: true },
      handlerTimeout: deps.longestMs,
      schema: {
        operationId: 'createBatch',
        tags: ['batches'],
        summary: 'Submit many images',
        description:
          `Makes a job of each of up to ${batch.maxImages} images (${batch.maxBytes} bytes in all, unpacked) and ` +
          'answers with their batch once all of them are jobs. Images that are refused are listed and do not fail ' +
          'the others; when there is no place for all of them on the queue, none is taken. Parameters are those of ' +
          'a job and go for every image; `priority` is `bulk` unless given. `webhook_url` gets one `batch.finished`. ' +
          'With an `Idempotency-Key` the same request sent again makes no second batch.',
        querystring: BatchParameters,
        response: { 202: Batch, ...problems(400, 401, 404, 409, 410, 413, 415, 422, 429, 503) },
      },
    },
    async (request, reply) => {
      assertAllClosed(deps.breakers)
      const key = readIdempotencyKey(request.headers['idempotency-key'])
      const client = clientOf(request)
      const left = gone(reply)
      const signal = AbortSignal.any([left, AbortSignal.timeout(batch.timeoutMs)])
      const upload = openBatchUpload(request, { fetcher, directUploads, limits, batch }, { client, signal })
      const early = await settingsBefore(request, upload, deps)
      let stage: BatchStage | undefined
      let isFilled = false
      const staged = async () => {
        stage ??= await tellingOfRoom(request, reply, deps, () => stageImages(upload.images, client, deps))
        if (upload.sources && left.aborted) throw clientLeft()
        if (stage.images.length === 0) throw noneAccepted(stage.refused)
        return stage
      }
      const make = async (id: string, settings: BatchSettings) => {
        const { images } = await staged()
        const bytes = images.reduce((sum, { image }) => sum + image.bytes, 0)
        await deps.quota.take(request, reply, { images: images.length, bytes })
        const made = await recordBatch(id, request, await staged(), settings, deps)
        isFilled = true
        await dropUploads(upload, request)
        return made
      }
      try {
        // Images elsewhere are not fetched to know a request again: they may be gone by then.
        const source = upload.sources ? sourceOfOthers(upload.sources) : sourceOfImages(await staged())
        const settings = early ?? (await readSettings(request, upload, deps))
        const fingerprint = fingerprintOf(source, settings.given, mayUseCache(request))
        const jobId = newJobId()
        const { record, replayed } =
          key === undefined
            ? { record: await make(jobId, settings), replayed: false }
            : await deps.idempotency.once({ client, key, fingerprint, jobId }, (id) => make(id, settings))
        return answerBatch(reply.code(202), await deps.batchReader.view(record), { replayed })
      } finally {
        if (!isFilled) await stage?.discard()
      }
    },
  )
}

/** What was not fetched by then would count as refused, also for who repeats the request with its key. */
function clientLeft(): LupaError {
  return new LupaError(
    'image_url_failed',
    'The connection was closed before all images were there. Nothing was stored. Send the batch again.',
  )
}

async function dropUploads({ drop }: BatchUpload, { log }: FastifyRequest): Promise<void> {
  await drop?.().catch((err) => log.warn({ err }, 'an upload is not erased yet; it will be swept'))
}

const sourceOfOthers = (sources: string[]) => `batch of ${JSON.stringify(sources)}`

function sourceOfImages({ images, refused }: BatchStage): string {
  const taken = images.map(({ imageName, image }) => [imageName, image.sha256])
  return `batch of ${JSON.stringify([taken, refused])}`
}

/** A wrong parameter that is known by now costs no upload. */
async function settingsBefore(request: FastifyRequest, upload: BatchUpload, deps: CreateBatchDeps) {
  return upload.fieldsComeLast ? undefined : readSettings(request, upload, deps)
}

function readSettings({ query }: FastifyRequest, { fields }: BatchUpload, deps: CreateBatchDeps) {
  return deps.readBatchSettings({ ...(query as Record<string, unknown>), ...fields })
}

function recordBatch(
  id: string,
  request: FastifyRequest,
  stage: BatchStage,
  settings: BatchSettings,
  deps: CreateBatchDeps,
): Promise<BatchRecord> {
  const client = clientOf(request)
  const acceptedAt = new Date()
  const ofAll = {
    ...settings.job,
    client,
    userIp: toUserIp(request.ip, deps.config.userIp),
    webhook: null,
    traceId: traceIdOf(request.raw),
    useCache: mayUseCache(request),
    batch: id,
    acceptedAt,
  }
  const members = stage.images.map(
    (staged): BatchMember => ({
      id: staged.id,
      imageName: staged.imageName,
      make: () => deps.acceptJob(createJob({ ...ofAll, ...staged }), async () => {}, request.log),
    }),
  )
  const { webhook, job } = settings
  return deps.fillBatch(
    {
      id,
      client,
      refused: stage.refused,
      webhook,
      retryOf: null,
      acceptedAt,
      retentionSeconds: job.retentionSeconds,
    },
    members,
    request.log,
  )
}
