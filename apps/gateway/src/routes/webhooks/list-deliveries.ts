import { DeliveryLog, toDeliveryLog } from '@lupa/core/domain/delivery'
import type { DeliveryStore } from '@lupa/core/jobs/delivery-store'
import { z } from 'zod'
import type { App } from '../../app-type.ts'
import { PageParameters, readCursor, toPage } from '../../cursor.ts'
import { clientOf } from '../../plugins/auth.ts'
import { problems } from '../../plugins/openapi.ts'
import type { JobReader } from '../../read-job.ts'

const DeliveryList = z
  .object({
    object: z.literal('list'),
    data: z.array(DeliveryLog),
    next_cursor: z
      .string()
      .nullable()
      .describe('Give it as `cursor` to get the next page; null: there is none.'),
  })
  .meta({ id: 'DeliveryList' })

/** The log of webhook events: of one job, and of a client. */
export function listDeliveries(
  app: App,
  { deliveries, reader }: { deliveries: DeliveryStore; reader: JobReader },
): void {
  app.get(
    '/v1/jobs/:id/deliveries',
    {
      config: { scope: 'jobs:read' },
      schema: {
        operationId: 'listJobDeliveries',
        tags: ['webhooks'],
        summary: "See a job's webhooks",
        description: 'The webhook events of a job, each with all its tries and what the receiver answered.',
        params: z.object({ id: z.string().describe("The job's id.") }),
        response: { 200: DeliveryList, ...problems(401, 404, 503) },
      },
    },
    async (request) => {
      const job = await reader.readOwn(request.params.id, clientOf(request))
      const found = await deliveries.listDeliveries(job.id)
      return { object: 'list' as const, data: found.map(toDeliveryLog), next_cursor: null }
    },
  )

  app.get(
    '/v1/webhooks/deliveries',
    {
      config: { scope: 'jobs:read' },
      schema: {
        operationId: 'listDeliveries',
        tags: ['webhooks'],
        summary: 'See your webhooks',
        description: 'All your webhook events, newest first, each with its tries.',
        querystring: PageParameters,
        response: { 200: DeliveryList, ...problems(400, 401, 503) },
      },
    },
    async (request) => {
      const { limit, cursor } = request.query
      const before = cursor === undefined ? undefined : readCursor(cursor)
      const found = await deliveries.listClientDeliveries({
        client: clientOf(request),
        before,
        limit: limit + 1,
      })
      const { page, nextCursor } = toPage(found, limit)
      return { object: 'list' as const, data: page.map(toDeliveryLog), next_cursor: nextCursor }
    },
  )
}
