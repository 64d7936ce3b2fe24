import type { Batch } from '@lupa/core/domain/batch'
import type { FastifyReply } from 'fastify'
import { RETRY_AFTER_SECONDS } from '../jobs/submit-job.ts'

/** Where the batch is, and when to ask for it again. */
export function answerBatch(reply: FastifyReply, batch: Batch): Batch {
  reply.header('x-request-id', batch.id).header('location', batch.links.self)
  if (!batch.done) reply.header('retry-after', RETRY_AFTER_SECONDS)
  return batch
}
