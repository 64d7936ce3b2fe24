import { LupaError } from '@lupa/core/domain/errors'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { clientOf } from './plugins/auth.ts'

/** Bounds how many requests of one client wait for a result in this process. */
export interface WaitingPlaces {
  /** Until the answer is out, or the client is gone. Rejects with `too_many_waits`. */
  enter(request: FastifyRequest, reply: FastifyReply): void
}

const RETRY_AFTER_SECONDS = 1

/** @param limit 0 is none */
export function createWaitingPlaces({ limit }: { limit: number }): WaitingPlaces {
  const waiting = new Map<string, number>()

  return {
    enter(request, reply) {
      if (limit === 0) return
      const client = clientOf(request)
      const count = waiting.get(client) ?? 0
      if (count >= limit) {
        reply.header('retry-after', RETRY_AFTER_SECONDS)
        throw new LupaError(
          'too_many_waits',
          `${limit} of your requests wait for a result here, which is the most. Ask without waiting, or later; a webhook needs no waiting.`,
        )
      }
      waiting.set(client, count + 1)
      reply.raw.once('close', () => {
        const left = (waiting.get(client) ?? 1) - 1
        if (left > 0) waiting.set(client, left)
        else waiting.delete(client)
      })
    },
  }
}
