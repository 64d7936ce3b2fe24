import { isTerminal, isToldOf, type JobRecord } from '@lupa/core/domain/job'
import type { EraseRecord } from '@lupa/core/jobs/erase-record'
import type { FastifyReply, FastifyRequest } from 'fastify'

/**
 * To be called with the job that an answer holds: one that is not to be kept is erased once the answer is out. One
 * with a webhook is erased by whoever delivers that.
 */
export type HandOver = (request: FastifyRequest, reply: FastifyReply, record: JobRecord) => void

export function createHandOver({ eraseRecord }: { eraseRecord: EraseRecord }): HandOver {
  return function handOver(request, reply, record) {
    if (!record.fleeting || !isTerminal(record.status) || request.method === 'HEAD') return
    if (isToldOf(record, record.status)) return
    reply.raw.once('finish', () => {
      // Such as a format that there is not: the client may ask again, for another.
      if (request.method === 'GET' && reply.statusCode >= 400) return
      eraseRecord(record).catch((err) =>
        request.log.error(
          { err, job_id: record.id },
          'a job that was handed over is not erased yet; the reconciler will',
        ),
      )
    })
  }
}
