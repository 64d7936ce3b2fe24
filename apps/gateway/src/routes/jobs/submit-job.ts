import { Job, type JobRecord, toJob } from '@lupa/core/domain/job'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { App } from '../../app-type.ts'
import type { GatewayConfig } from '../../config.ts'
import type { DirectUploads } from '../../direct-uploads.ts'
import type { ImageFetcher } from '../../fetcher/image-fetcher.ts'
import type { HandOver } from '../../hand-over.ts'
import { readIdempotencyKey } from '../../idempotency.ts'
import { SubmitParameters } from '../../parameters.ts'
import { keepPlace, placeOf } from '../../plugins/admission.ts'
import { clientOf } from '../../plugins/auth.ts'
import { problems } from '../../plugins/openapi.ts'
import type { Quota } from '../../plugins/rate-limit.ts'
import { assertSize, readUpload, type Upload, type UploadById } from '../../plugins/uploads.ts'
import { readPreferWait } from '../../prefer-wait.ts'
import { type QueueOutlook, retryAfterOf } from '../../queue-outlook.ts'
import type { JobReader } from '../../read-job.ts'
import type { Submit } from '../../submit.ts'
import { traceIdOf } from '../../trace-id.ts'
import { toUserIp } from '../../user-ip.ts'
import type { LaterUpload } from '../../validate-submission.ts'
import type { JobWaiter } from '../../wait.ts'
import type { WaitingPlaces } from '../../waiting-places.ts'
import { gone } from '../gone.ts'

export interface SubmitRouteDeps {
  submit: Submit
  waiter: JobWaiter
  waitingPlaces: WaitingPlaces
  quota: Quota
  reader: JobReader
  outlook: QueueOutlook
  fetcher: ImageFetcher
  directUploads: DirectUploads
  handOver: HandOver
  config: Pick<GatewayConfig, 'limits' | 'wait' | 'userIp'>
}

export function submitJob(app: App, deps: SubmitRouteDeps): void {
  app.post(
    '/v1/jobs',
    {
      config: { scope: 'jobs:write', takesImage: true, takesKey: true },
      schema: {
        operationId: 'submitJob',
        tags: ['jobs'],
        summary: 'Submit an image',
        description:
          'Runs a model on one image. Answers at once with the queued job (202), or with the finished one (200) ' +
          'when the cache knows the answer or `Prefer: wait=N` waited long enough. `Cache-Control: no-cache` asks ' +
          'for a prediction computed anew. With an `Idempotency-Key` the same request sent again makes no second job. ' +
          'Parameters may come by query, form field or JSON key.',
        querystring: SubmitParameters,
        response: {
          200: Job,
          202: Job,
          ...problems(400, 401, 404, 409, 410, 413, 415, 422, 429, 503),
        },
      },
    },
    async (request, reply) => {
      const waitMs = readPreferWait(request.headers.prefer, deps.config.wait)
      const record = await submitAndWait(request, reply, waitMs, deps)
      if (waitMs !== undefined) reply.header('preference-applied', `wait=${waitMs / 1000}`)
      return reply.code(record.done ? 200 : 202).send(toJob(record))
    },
  )
}

/** Submits the image of a request, and waits for its job if that is wished. Tells where the job is. */
export async function submitAndWait(
  request: FastifyRequest,
  reply: FastifyReply,
  waitMs: number | undefined,
  deps: SubmitRouteDeps,
): Promise<JobRecord> {
  const read = () => readUpload(request, deps.config.limits.imageBytes, deps.fetcher)
  const query = request.query as Record<string, unknown>
  return submitUploadAndWait(request, reply, { read, query, waitMs }, deps)
}

/** The same for an image that comes in another way. */
export async function submitUploadAndWait(
  request: FastifyRequest,
  reply: FastifyReply,
  {
    read,
    query,
    waitMs,
  }: { read: () => Promise<Upload | UploadById>; query: Record<string, unknown>; waitMs: number | undefined },
  deps: SubmitRouteDeps,
): Promise<JobRecord> {
  const { submit, waiter, waitingPlaces, reader, outlook, handOver, config } = deps
  const idempotencyKey = readIdempotencyKey(request.headers['idempotency-key'])
  if (waitMs !== undefined) waitingPlaces.enter(request, reply)
  const upload = await toCounted(await read(), { request, reply }, deps)
  const { record: submitted, replayed } = await submit(
    {
      id: placeOf(request),
      upload,
      query,
      client: clientOf(request),
      userIp: toUserIp(request.ip, config.userIp),
      traceId: traceIdOf(request.raw),
      useCache: mayUseCache(request),
      idempotencyKey,
    },
    request.log,
  )
  keepPlace(request, submitted)
  if (replayed) reply.header('idempotency-replayed', 'true')
  reply.header('x-request-id', submitted.id).header('location', submitted.links.self)

  let record = submitted
  if (!submitted.done && waitMs !== undefined) {
    const finished = await waiter.wait(submitted.id, {
      timeoutMs: waitMs,
      signal: gone(reply),
      isEnough: isDone,
    })
    record = finished ?? (await reader.read(submitted.id).catch(() => undefined)) ?? submitted
  }
  handOver(request, reply, record)
  if (record.done) return record
  // Where it waits was said when it came on the queue; after a wait that is old news.
  const waiting = record.queue && waitMs === undefined ? record : await outlook.withPlace(record)
  reply.header('retry-after', retryAfterOf(waiting))
  return waiting
}

/** Its bytes count as sent, whichever way they came: when they are there, or when a job is made of them. */
async function toCounted(
  brought: Upload | UploadById,
  { request, reply }: { request: FastifyRequest; reply: FastifyReply },
  { quota, directUploads, config }: SubmitRouteDeps,
): Promise<Upload | LaterUpload> {
  if (!('uploadId' in brought)) {
    await quota.takeUndeclared(request, reply, brought.image.byteLength)
    return brought
  }
  const stored = await directUploads.find(brought.uploadId, clientOf(request))
  const readCounted = async () => {
    const found = await stored.read()
    assertSize(found.image, config.limits.imageBytes)
    await quota.takeUndeclared(request, reply, found.image.byteLength)
    return found
  }
  return {
    source: `upload:${stored.key}`,
    fields: brought.fields,
    read: readCounted,
    drop: () => stored.drop(),
  }
}

export function mayUseCache({ headers }: FastifyRequest): boolean {
  return !/\bno-cache\b/i.test(headers['cache-control'] ?? '')
}

const isDone = ({ done }: JobRecord) => done
