import type { FastifyReply } from 'fastify'

/**
 * Aborts when the client hangs up before it has its answer. (`request.signal` of Fastify 5.12 also aborts
 * as soon as the body of a request has been read.)
 */
export function gone(reply: FastifyReply): AbortSignal {
  const controller = new AbortController()
  const check = () => {
    if (!reply.raw.writableFinished) controller.abort()
  }
  if (reply.raw.destroyed) check()
  else reply.raw.once('close', check)
  return controller.signal
}
