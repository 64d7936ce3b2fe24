import type { FastifyRequest } from 'fastify'

/** What the client calls us by: behind a proxy that is trusted, the name it was asked for. */
export function originOf({ protocol, host }: FastifyRequest): string {
  return `${protocol}://${host}`
}
