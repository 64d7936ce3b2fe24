import type { Batch } from '@lupa/core/domain/batch'
import type { FastifyReply } from 'fastify'
import { LEAST_SECONDS } from '../../queue-outlook.ts'

/** Where the batch is, and when to ask for it again. */
export function answerBatch(reply: FastifyReply, batch: Batch, { replayed = false } = {}): Batch {
  if (replayed) reply.header('idempotency-replayed', 'true')
  reply.header('x-request-id', batch.id).header('location', batch.links.self)
  if (!batch.done) reply.header('retry-after', LEAST_SECONDS)
  return batch
}
