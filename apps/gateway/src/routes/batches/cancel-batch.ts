import { Batch } from '@lupa/core/domain/batch'
import type { CancelJob } from '@lupa/core/jobs/cancel-job'
import type { App } from '../../app-type.ts'
import { forEachAtOnce } from '../../at-once.ts'
import type { BatchReader } from '../../batch-reader.ts'
import { clientOf } from '../../plugins/auth.ts'
import { problems } from '../../plugins/openapi.ts'
import type { JobReader } from '../../read-job.ts'
import { answerBatch } from './answer-batch.ts'
import { BatchId } from './batch-id.ts'

export interface CancelBatchDeps {
  batchReader: BatchReader
  reader: JobReader
  cancelJob: CancelJob
}

const AT_ONCE = 16

export function cancelBatch(app: App, { batchReader, reader, cancelJob }: CancelBatchDeps): void {
  app.post(
    '/v1/batches/:id/cancel',
    {
      config: { scope: 'jobs:write' },
      schema: {
        operationId: 'cancelBatch',
        tags: ['batches'],
        summary: 'Cancel a batch',
        description: 'Ends as `canceled` all its jobs that have not ended. Those that have stay as they are.',
        params: BatchId,
        response: { 200: Batch, ...problems(401, 404, 503) },
      },
    },
    async (request, reply) => {
      const batch = await batchReader.readOwn(request.params.id, clientOf(request))
      if (!batch.done) {
        for await (const page of batchReader.jobsOf(batch, 'queued')) {
          // How a job that runs was begun is known from its hot copy.
          await forEachAtOnce(page, AT_ONCE, async (stored) => {
            await cancelJob((await reader.read(stored.id)) ?? stored, request.log)
          })
        }
      }
      return answerBatch(reply, await batchReader.view(await batchReader.readOwn(batch.id, batch.client)))
    },
  )
}
