import { Batch, type BatchRecord } from '@lupa/core/domain/batch'
import { LupaError } from '@lupa/core/domain/errors'
import { newJobId } from '@lupa/core/domain/ids'
import type { JobRecord } from '@lupa/core/domain/job'
import type { Admission } from '@lupa/core/jobs/admission'
import type { JobStore } from '@lupa/core/jobs/job-store'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { App } from '../../app-type.ts'
import { forEachAtOnce } from '../../at-once.ts'
import type { BatchMember, FillBatch } from '../../batch-fill.ts'
import type { BatchIdempotency } from '../../batch-idempotency.ts'
import type { BatchReader } from '../../batch-reader.ts'
import { reservePlace } from '../../batch-stage.ts'
import { assertAllClosed, type Breakers } from '../../breaker.ts'
import type { GatewayConfig } from '../../config.ts'
import { readIdempotencyKey } from '../../idempotency.ts'
import { clientOf } from '../../plugins/auth.ts'
import { problems } from '../../plugins/openapi.ts'
import type { Quota } from '../../plugins/rate-limit.ts'
import type { QueueOutlook } from '../../queue-outlook.ts'
import type { RetryJob } from '../../retry-job.ts'
import { traceIdOf } from '../../trace-id.ts'
import { toUserIp } from '../../user-ip.ts'
import { fingerprintOf } from '../../validate-submission.ts'
import { mayUseCache } from '../jobs/submit-job.ts'
import { answerBatch } from './answer-batch.ts'
import { BatchId } from './batch-id.ts'
import { tellingOfRoom } from './telling-of-room.ts'

export interface RetryBatchDeps {
  batchReader: BatchReader
  idempotency: BatchIdempotency
  retryJob: RetryJob
  fillBatch: FillBatch
  quota: Quota
  jobStore: JobStore
  admission: Admission
  breakers: Breakers
  outlook: QueueOutlook
  config: Pick<GatewayConfig, 'userIp' | 'batch'>
}

const AT_ONCE = 16

export function retryBatch(app: App, deps: RetryBatchDeps): void {
  app.post(
    '/v1/batches/:id/retry',
    {
      config: { scope: 'jobs:write', takesKey: true },
      handlerTimeout: deps.config.batch.timeoutMs,
      schema: {
        operationId: 'retryBatch',
        tags: ['batches'],
        summary: 'Run the failed jobs of a batch again',
        description:
          'Makes a new batch of the images whose jobs failed or expired, with the parameters and the webhook they ' +
          'had; `retry_of` says of which. Jobs that succeeded or were canceled are left alone. ' +
          'Takes an `Idempotency-Key` too.',
        params: BatchId,
        response: { 202: Batch, ...problems(400, 401, 404, 409, 410, 422, 429, 503) },
      },
    },
    async (request, reply) => {
      assertAllClosed(deps.breakers)
      const key = readIdempotencyKey(request.headers['idempotency-key'])
      const batch = await deps.batchReader.readOwn(request.params.id, clientOf(request))
      const make = (id: string) =>
        tellingOfRoom(request, reply, deps, () => runAgain(batch, id, { request, reply }, deps))
      const jobId = newJobId()
      const fingerprint = fingerprintOf(`retry of batch ${batch.id}`, {}, mayUseCache(request))
      const { record, replayed } =
        key === undefined
          ? { record: await make(jobId), replayed: false }
          : await deps.idempotency.once({ client: batch.client, key, fingerprint, jobId }, make)
      return answerBatch(reply.code(202), await deps.batchReader.view(record), { replayed })
    },
  )
}

async function runAgain(
  batch: BatchRecord,
  id: string,
  { request, reply }: { request: FastifyRequest; reply: FastifyReply },
  deps: RetryBatchDeps,
) {
  const failed = await failedJobs(deps.batchReader, batch)
  await deps.quota.take(request, reply, { images: failed.length })
  const members = failed.map((original) => toMember(original, id, request, deps))
  await reserveAll(batch.client, members, deps)
  const asked = {
    id,
    client: batch.client,
    refused: [],
    webhook: batch.webhook,
    retryOf: batch.id,
    acceptedAt: new Date(),
    retentionSeconds: (Date.parse(batch.expires_at) - Date.parse(batch.created_at)) / 1000,
  }
  try {
    return await deps.fillBatch(asked, members, request.log)
  } catch (error) {
    await releaseAll(batch.client, members, deps)
    throw error
  }
}

async function failedJobs(batchReader: BatchReader, batch: BatchRecord): Promise<JobRecord[]> {
  const found: JobRecord[] = []
  for (const status of ['failed', 'expired'] as const) {
    for await (const page of batchReader.jobsOf(batch, status)) found.push(...page)
  }
  if (found.length === 0) {
    const why = batch.done ? 'none of its jobs failed or expired' : 'none of its jobs has failed so far'
    throw new LupaError('job_not_done', `There is nothing to run again: ${why}.`, { retryable: !batch.done })
  }
  return found.toSorted((a, b) => (a.id < b.id ? -1 : 1))
}

function toMember(
  original: JobRecord,
  batchId: string,
  request: FastifyRequest,
  { retryJob, jobStore, config }: RetryBatchDeps,
): BatchMember {
  const id = newJobId()
  const retry = {
    id,
    given: {},
    userIp: toUserIp(request.ip, config.userIp),
    traceId: traceIdOf(request.raw),
    useCache: original.use_cache && mayUseCache(request),
    batch: batchId,
  }
  return {
    id,
    imageName: original.image_name,
    async make() {
      await retryJob(original, retry, request.log)
      await jobStore.dismissDead(original.id)
    },
  }
}

async function reserveAll(client: string, members: BatchMember[], deps: RetryBatchDeps) {
  const { admission, breakers } = deps
  try {
    await forEachAtOnce(members, AT_ONCE, ({ id }) =>
      breakers.redis.watch(() => reservePlace(admission, client, id)),
    )
  } catch (error) {
    await releaseAll(client, members, deps)
    throw error
  }
}

async function releaseAll(client: string, members: BatchMember[], { admission }: RetryBatchDeps) {
  await forEachAtOnce(members, AT_ONCE, ({ id }) => admission.release(client, id).catch(() => {}))
}
