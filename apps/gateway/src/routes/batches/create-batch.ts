import { Batch } from '@lupa/core/domain/batch'
import { newJobId } from '@lupa/core/domain/ids'
import { createJob } from '@lupa/core/domain/job'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { AcceptJob } from '../../accept-job.ts'
import type { App } from '../../app-type.ts'
import type { BatchMember, FillBatch } from '../../batch-fill.ts'
import type { BatchReader } from '../../batch-reader.ts'
import { BatchParameters, type BatchSettings, type ReadBatchSettings } from '../../batch-settings.ts'
import { type BatchStage, type BatchStageDeps, stageImages } from '../../batch-stage.ts'
import { type BatchUpload, type BatchUploadDeps, noneAccepted, openBatchUpload } from '../../batch-upload.ts'
import { assertAllClosed } from '../../breaker.ts'
import type { GatewayConfig } from '../../config.ts'
import { clientOf } from '../../plugins/auth.ts'
import { problems } from '../../plugins/openapi.ts'
import type { QueueOutlook } from '../../queue-outlook.ts'
import { readTraceId } from '../../trace-id.ts'
import { toUserIp } from '../../user-ip.ts'
import { gone } from '../gone.ts'
import { mayUseCache } from '../jobs/submit-job.ts'
import { answerBatch } from './answer-batch.ts'
import { tellingOfRoom } from './telling-of-room.ts'

export interface CreateBatchDeps extends BatchStageDeps, Pick<BatchUploadDeps, 'fetcher'> {
  acceptJob: AcceptJob
  fillBatch: FillBatch
  batchReader: BatchReader
  outlook: QueueOutlook
  readBatchSettings: ReadBatchSettings
  config: Pick<GatewayConfig, 'batch' | 'limits' | 'userIp'>
}

/** Beyond the time for the images: to record them. */
const RECORDING_MS = 30_000

export function createBatchRoute(app: App, deps: CreateBatchDeps): void {
  const { fetcher } = deps
  const { batch, limits } = deps.config
  app.post(
    '/v1/batches',
    {
      config: { takesBatch: true },
      handlerTimeout: batch.timeoutMs + RECORDING_MS,
      schema: {
        operationId: 'createBatch',
        tags: ['batches'],
        summary: 'Submit many images',
        description:
          `Makes a job of each of up to ${batch.maxImages} images (${batch.maxBytes} bytes in all, unpacked) and ` +
          'answers with their batch once all of them are jobs. Images that are refused are listed and do not fail ' +
          'the others; when there is no place for all of them on the queue, none is taken. Parameters are those of ' +
          'a job and go for every image; `priority` is `bulk` unless given. `webhook_url` gets one `batch.finished`.',
        querystring: BatchParameters,
        response: { 202: Batch, ...problems(400, 401, 413, 415, 422, 429, 503) },
      },
    },
    async (request, reply) => {
      assertAllClosed(deps.breakers)
      const signal = AbortSignal.any([gone(reply), AbortSignal.timeout(batch.timeoutMs)])
      const upload = openBatchUpload(request, { fetcher, limits, batch }, signal)
      const settings = await settingsBefore(request, upload, deps)
      const stage = await tellingOfRoom(request, reply, deps, () =>
        stageImages(upload.images, clientOf(request), deps),
      )
      try {
        if (stage.images.length === 0) throw noneAccepted(stage.refused)
        return await recordBatch(
          request,
          reply,
          stage,
          settings ?? (await readSettings(request, upload, deps)),
          deps,
        )
      } catch (error) {
        await stage.discard()
        throw error
      }
    },
  )
}

/** A wrong parameter that is known by now costs no upload. */
async function settingsBefore(request: FastifyRequest, upload: BatchUpload, deps: CreateBatchDeps) {
  return upload.fieldsComeLast ? undefined : readSettings(request, upload, deps)
}

function readSettings({ query }: FastifyRequest, { fields }: BatchUpload, deps: CreateBatchDeps) {
  return deps.readBatchSettings({ ...(query as Record<string, unknown>), ...fields })
}

async function recordBatch(
  request: FastifyRequest,
  reply: FastifyReply,
  stage: BatchStage,
  settings: BatchSettings,
  deps: CreateBatchDeps,
) {
  const id = newJobId()
  const client = clientOf(request)
  const acceptedAt = new Date()
  const ofAll = {
    ...settings.job,
    client,
    userIp: toUserIp(request.ip, deps.config.userIp),
    webhook: null,
    traceId: readTraceId(request.headers.traceparent),
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
  const { batch } = await deps.fillBatch(
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
  return answerBatch(reply.code(202), await deps.batchReader.view(batch))
}
