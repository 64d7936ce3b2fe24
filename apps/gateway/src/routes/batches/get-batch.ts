import { Batch } from '@lupa/core/domain/batch'
import { z } from 'zod'
import type { App } from '../../app-type.ts'
import type { BatchReader } from '../../batch-reader.ts'
import type { GatewayConfig } from '../../config.ts'
import { clientOf } from '../../plugins/auth.ts'
import { problems } from '../../plugins/openapi.ts'
import type { WaitingPlaces } from '../../waiting-places.ts'
import { gone } from '../gone.ts'
import { waitParameter } from '../wait-parameter.ts'
import { answerBatch } from './answer-batch.ts'
import { BatchId } from './batch-id.ts'

export interface GetBatchDeps {
  batchReader: BatchReader
  waitingPlaces: WaitingPlaces
  config: Pick<GatewayConfig, 'wait'>
}

export function getBatch(app: App, { batchReader, waitingPlaces, config }: GetBatchDeps): void {
  app.get(
    '/v1/batches/:id',
    {
      config: { scope: 'jobs:read' },
      schema: {
        operationId: 'getBatch',
        tags: ['batches'],
        summary: 'Get a batch',
        description: 'How far it is: its jobs, counted by status, and what was refused of it.',
        params: BatchId,
        querystring: z.strictObject({ wait: waitParameter(config.wait, 'the batch is done') }),
        response: { 200: Batch, ...problems(400, 401, 404, 429, 503) },
      },
    },
    async (request, reply) => {
      let batch = await batchReader.readOwn(request.params.id, clientOf(request))
      const { wait: waitSeconds = 0 } = request.query
      if (waitSeconds > 0 && !batch.done) {
        waitingPlaces.enter(request, reply)
        batch = await batchReader.untilDone(batch, { timeoutMs: waitSeconds * 1000, signal: gone(reply) })
      }
      reply.header('cache-control', 'private, no-cache')
      return answerBatch(reply, await batchReader.view(batch))
    },
  )
}
