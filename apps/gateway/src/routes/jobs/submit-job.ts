import { Job, type JobRecord, toJob } from '@lupa/core/domain/job'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { App } from '../../app-type.ts'
import type { GatewayConfig } from '../../config.ts'
import { SubmitParameters } from '../../parameters.ts'
import { clientOf } from '../../plugins/auth.ts'
import type { GatewayMetrics } from '../../plugins/metrics.ts'
import { problems } from '../../plugins/openapi.ts'
import { readUpload } from '../../plugins/uploads.ts'
import { readPreferWait } from '../../prefer-wait.ts'
import type { JobReader } from '../../read-job.ts'
import type { Submit } from '../../submit.ts'
import { readTraceId } from '../../trace-id.ts'
import { toUserIp } from '../../user-ip.ts'
import type { JobWaiter } from '../../wait.ts'
import { gone } from '../gone.ts'

export interface SubmitRouteDeps {
  submit: Submit
  waiter: JobWaiter
  reader: JobReader
  metrics: GatewayMetrics
  config: Pick<GatewayConfig, 'limits' | 'wait' | 'userIp'>
}

export function submitJob(app: App, deps: SubmitRouteDeps): void {
  app.post(
    '/v1/jobs',
    {
      config: { takesImage: true },
      schema: {
        operationId: 'submitJob',
        tags: ['jobs'],
        summary: 'Submit an image',
        description:
          'Runs a model on one image. Answers at once with the queued job (202), or with the finished one (200) ' +
          'when the cache knows the answer or `Prefer: wait=N` waited long enough. `Cache-Control: no-cache` asks ' +
          'for a prediction computed anew. Parameters may come by query, form field or JSON key.',
        querystring: SubmitParameters,
        response: {
          200: Job,
          202: Job,
          ...problems(400, 401, 413, 415, 422, 503),
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
  { submit, waiter, reader, metrics, config }: SubmitRouteDeps,
): Promise<JobRecord> {
  const upload = await readUpload(request, config.limits.imageBytes)
  const submitted = await submit(
    {
      upload,
      query: request.query as Record<string, unknown>,
      client: clientOf(request),
      userIp: toUserIp(request.ip, config.userIp),
      traceId: readTraceId(request.headers.traceparent),
      useCache: !/\bno-cache\b/i.test(request.headers['cache-control'] ?? ''),
    },
    request.log,
  )
  metrics.countSubmit(submitted)
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
  if (!record.done) reply.header('retry-after', RETRY_AFTER_SECONDS)
  return record
}

const isDone = ({ done }: JobRecord) => done

/** When to ask again for a job that is not done. */
export const RETRY_AFTER_SECONDS = 1
