import { Job, type JobRecord, toJob } from '@lupa/core/domain/job'
import { z } from 'zod'
import type { App } from '../../app-type.ts'
import type { GatewayConfig } from '../../config.ts'
import { type Idempotency, readIdempotencyKey } from '../../idempotency.ts'
import { SubmitParameters } from '../../parameters.ts'
import { type AdmissionDeps, keepPlace, reservePlace } from '../../plugins/admission.ts'
import { clientOf } from '../../plugins/auth.ts'
import { problems } from '../../plugins/openapi.ts'
import type { Quota } from '../../plugins/rate-limit.ts'
import { retryAfterOf } from '../../queue-outlook.ts'
import type { JobReader } from '../../read-job.ts'
import type { RetryJob } from '../../retry-job.ts'
import { traceIdOf } from '../../trace-id.ts'
import { toUserIp } from '../../user-ip.ts'
import { fingerprintOf } from '../../validate-submission.ts'
import { mayUseCache } from './submit-job.ts'

export interface RetryRouteDeps extends AdmissionDeps {
  reader: JobReader
  retryJob: RetryJob
  quota: Quota
  idempotency: Idempotency
  config: Pick<GatewayConfig, 'userIp'>
}

export function retryJobRoute(app: App, deps: RetryRouteDeps): void {
  const { reader, retryJob, quota, idempotency, outlook, config } = deps
  app.post(
    '/v1/jobs/:id/retry',
    {
      config: { scope: 'jobs:write', takesKey: true },
      schema: {
        operationId: 'retryJob',
        tags: ['jobs'],
        summary: 'Run a job again',
        description:
          'Makes a new job of the image of one that has ended, with `retry_of` saying which. What is not given is ' +
          'as it was: another `model`, other parameters may be. Takes an `Idempotency-Key` too.',
        params: z.object({ id: z.string().describe('The id of the job to run again.') }),
        querystring: SubmitParameters,
        response: { 202: Job, ...problems(400, 401, 404, 409, 410, 422, 429, 503) },
      },
    },
    async (request, reply) => {
      const key = readIdempotencyKey(request.headers['idempotency-key'])
      const original = await reader.readOwn(request.params.id, clientOf(request))
      const given = request.query
      const useCache = original.use_cache && mayUseCache(request)
      const make = (id: string): Promise<JobRecord> => {
        const userIp = toUserIp(request.ip, config.userIp)
        const traceId = traceIdOf(request.raw)
        return retryJob(original, { id, given, userIp, traceId, useCache }, request.log)
      }

      await quota.take(request, reply, { images: 1 })
      const jobId = await reservePlace(request, reply, deps)
      const fingerprint = fingerprintOf(`retry of ${original.id}`, given, useCache)
      const { record, replayed } =
        key === undefined
          ? { record: await make(jobId), replayed: false }
          : await idempotency.once({ client: original.client, key, fingerprint, jobId }, make)

      keepPlace(request, record)
      if (replayed) reply.header('idempotency-replayed', 'true')
      const waiting = await outlook.withPlace(record)
      if (!record.done) reply.header('retry-after', retryAfterOf(waiting))
      reply.header('x-request-id', record.id).header('location', record.links.self)
      return reply.code(202).send(toJob(waiting))
    },
  )
}
