import type { BatchProgress } from '@lupa/core/jobs/batch-progress'
import type { BatchStore } from '@lupa/core/jobs/batch-store'
import type { KeyStore } from '@lupa/core/jobs/key-store'
import { z } from 'zod'
import type { App } from '../../app-type.ts'
import { forEachAtOnce } from '../../at-once.ts'
import type { BatchReader } from '../../batch-reader.ts'
import type { EraseJob } from '../../erase-job.ts'
import { clientOf } from '../../plugins/auth.ts'
import { problems } from '../../plugins/openapi.ts'
import type { JobReader } from '../../read-job.ts'
import { BatchId } from './batch-id.ts'

export interface EraseBatchDeps {
  batchReader: BatchReader
  batches: BatchStore
  keys: Pick<KeyStore, 'noteErased'>
  progress: BatchProgress
  reader: JobReader
  eraseJob: EraseJob
}

const AT_ONCE = 8

export function eraseBatch(app: App, deps: EraseBatchDeps): void {
  const { batchReader, batches, keys, progress, reader, eraseJob } = deps
  app.delete(
    '/v1/batches/:id',
    {
      config: { scope: 'jobs:write' },
      schema: {
        operationId: 'eraseBatch',
        tags: ['batches'],
        summary: 'Erase a batch',
        description:
          'Erases the batch and all its jobs with their images and predictions. Jobs that have not ended are ' +
          'canceled first, and nobody is told that the batch is done.',
        params: BatchId,
        response: { 204: z.null(), ...problems(401, 404, 503) },
      },
    },
    async (request, reply) => {
      const batch = await batchReader.readOwn(request.params.id, clientOf(request))
      reply.header('x-request-id', batch.id)
      await progress.forget(batch.id)
      for await (const page of batchReader.jobsOf(batch)) {
        await forEachAtOnce(page, AT_ONCE, async (stored) => {
          await eraseJob((await reader.read(stored.id)) ?? stored, request.log)
        })
      }
      // Last: as long as something is left of it, it can be erased again.
      await keys.noteErased(batch.id)
      await batches.deleteBatch(batch.id)
      return reply.code(204).send(null)
    },
  )
}
