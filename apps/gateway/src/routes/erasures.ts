import { createErasure, Erasure, toErasure } from '@lupa/core/domain/erasure'
import { LupaError } from '@lupa/core/domain/errors'
import type { ErasureStore } from '@lupa/core/jobs/erasure-store'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { App } from '../app-type.ts'
import type { Audit } from '../audit.ts'
import type { Breakers } from '../breaker.ts'
import { callerOf, clientOf } from '../plugins/auth.ts'
import { problems } from '../plugins/openapi.ts'

export interface ErasuresDeps {
  store: ErasureStore
  breakers: Breakers
  audit: Audit
  config: { auditRetentionSeconds: number }
}

const WHAT =
  'Erases all that the client had until now: jobs (those that have not ended are canceled), images, predictions, ' +
  'cached results, batches, the log of its webhooks and its idempotency keys. A worker does it, and goes on where ' +
  'another stopped; `GET /v1/erasures/{id}` tells how far it is. API keys, the webhook secret and the audit log stay.'
/** A worker looks for such every few seconds. */
const RETRY_AFTER_SECONDS = 15

export function erasures(app: App, { store, breakers, audit, config }: ErasuresDeps): void {
  app.delete(
    '/v1/clients/me/data',
    {
      config: { scope: 'jobs:write' },
      schema: {
        operationId: 'eraseOwnData',
        tags: ['privacy'],
        summary: 'Erase all that is yours',
        description: WHAT,
        response: { 202: Erasure, ...problems(401, 403, 503) },
      },
    },
    (request, reply) => begin(clientOf(request), request, reply),
  )

  app.delete(
    '/v1/clients/:client/data',
    {
      config: { scope: 'admin' },
      schema: {
        operationId: 'eraseClientData',
        tags: ['privacy'],
        summary: 'Erase all of a client',
        description: WHAT,
        params: z.object({
          client: z
            .string()
            .min(1)
            .max(200)
            .describe('As jobs name it: `key:<client>`, `basic:<user name>`, `oidc:<id>` or `local`.'),
        }),
        response: { 202: Erasure, ...problems(400, 401, 403, 503) },
      },
    },
    (request, reply) => begin(request.params.client, request, reply),
  )

  app.get(
    '/v1/erasures/:id',
    {
      config: { scope: 'jobs:read' },
      schema: {
        operationId: 'getErasure',
        tags: ['privacy'],
        summary: 'See how far an erasure is',
        params: z.object({ id: z.string().describe("The erasure's id.") }),
        response: { 200: Erasure, ...problems(401, 403, 404, 503) },
      },
    },
    async (request) => {
      const { client, scopes } = callerOf(request)
      const found = await breakers.jobStore.watch(() => store.getErasure(request.params.id))
      if (!found || (found.client !== client && !scopes.has('admin'))) {
        throw new LupaError('erasure_not_found', 'There is no erasure of this id that is yours to see.')
      }
      return toErasure(found)
    },
  )

  async function begin(client: string, request: FastifyRequest, reply: FastifyReply): Promise<Erasure> {
    await audit(request, { action: 'client.erased', target: client })
    const erasure = createErasure(client, {
      at: new Date(),
      retentionSeconds: config.auditRetentionSeconds,
    })
    await breakers.jobStore.watch(() => store.putErasure(erasure))
    reply
      .code(202)
      .header('location', `/v1/erasures/${erasure.id}`)
      .header('retry-after', RETRY_AFTER_SECONDS)
    return toErasure(erasure)
  }
}
