import type { FastifyReply, FastifyRequest, RouteOptions } from 'fastify'
import type { App } from './app-type.ts'

/** A hook of those routes alone whose `config` asks for it; it runs after the hooks of all routes. */
export function onRequestWhere(
  app: App,
  isWanted: (config: object) => boolean,
  hook: (request: FastifyRequest, reply: FastifyReply) => Promise<void>,
): void {
  app.addHook('onRoute', (route) => {
    if (!isWanted(route.config ?? {})) return
    route.onRequest = [route.onRequest ?? [], hook].flat() as NonNullable<RouteOptions['onRequest']>
  })
}
