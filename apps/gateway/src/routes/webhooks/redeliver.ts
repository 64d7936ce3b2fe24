import { DeliveryLog, type DeliveryRecord, toDeliveryLog } from '@lupa/core/domain/delivery'
import { LupaError } from '@lupa/core/domain/errors'
import type { DeliveryStore } from '@lupa/core/jobs/delivery-store'
import { z } from 'zod'
import type { App } from '../../app-type.ts'
import { clientOf } from '../../plugins/auth.ts'
import { problems } from '../../plugins/openapi.ts'
import type { JobReader } from '../../read-job.ts'
import type { Redeliver } from '../../redeliver.ts'
import { traceIdOf } from '../../trace-id.ts'

export interface RedeliverDeps {
  deliveries: DeliveryStore
  reader: JobReader
  redeliver: Redeliver
}

const ABOUT =
  'Sent under the same `webhook-id` and with the same body as before, at once, and then by the schedule from its ' +
  'start. Tried even where webhooks to that URL were switched off; a success switches them on again.'

export function redeliverRoutes(app: App, { deliveries, reader, redeliver }: RedeliverDeps): void {
  const response = { 202: DeliveryLog, ...problems(401, 404, 503) }
  const id = z.string().describe("The job's id.")
  const delivery_id = z.string().describe("The delivery's id, which is its `webhook-id`.")

  app.post(
    '/v1/jobs/:id/redeliver',
    {
      config: { scope: 'webhooks:write' },
      schema: {
        operationId: 'redeliverNewest',
        tags: ['webhooks'],
        summary: "Send a job's newest webhook again",
        description: ABOUT,
        params: z.object({ id }),
        response,
      },
    },
    async (request, reply) => {
      const job = await reader.readOwn(request.params.id, clientOf(request))
      const newest = (await deliveries.listDeliveries(job.id)).at(-1)
      if (!newest) {
        throw new LupaError(
          'delivery_not_found',
          job.webhook
            ? 'This job has no webhook event yet: it has one when it has ended in a way that its webhook_events name.'
            : 'This job was submitted without a webhook_url.',
        )
      }
      return reply.code(202).send(toDeliveryLog(await redeliver(newest, traceIdOf(request.raw), request.log)))
    },
  )

  app.post(
    '/v1/jobs/:id/deliveries/:delivery_id/redeliver',
    {
      config: { scope: 'webhooks:write' },
      schema: {
        operationId: 'redeliver',
        tags: ['webhooks'],
        summary: "Send one of a job's webhooks again",
        description: ABOUT,
        params: z.object({ id, delivery_id }),
        response,
      },
    },
    async (request, reply) => {
      const job = await reader.readOwn(request.params.id, clientOf(request))
      const delivery = await deliveries.getDelivery(request.params.delivery_id)
      const own = assertOwn(delivery, ({ job_id }) => job_id === job.id)
      return reply.code(202).send(toDeliveryLog(await redeliver(own, traceIdOf(request.raw), request.log)))
    },
  )

  app.post(
    '/v1/webhooks/deliveries/:delivery_id/redeliver',
    {
      config: { scope: 'webhooks:write' },
      schema: {
        operationId: 'redeliverAny',
        tags: ['webhooks'],
        summary: 'Send a webhook again, be it of a job or a batch',
        description: ABOUT,
        params: z.object({ delivery_id }),
        response,
      },
    },
    async (request, reply) => {
      const delivery = await deliveries.getDelivery(request.params.delivery_id)
      const own = assertOwn(delivery, ({ client }) => client === clientOf(request))
      return reply.code(202).send(toDeliveryLog(await redeliver(own, traceIdOf(request.raw), request.log)))
    },
  )
}

function assertOwn(
  delivery: DeliveryRecord | undefined,
  isOwn: (delivery: DeliveryRecord) => boolean,
): DeliveryRecord {
  if (delivery && isOwn(delivery)) return delivery
  throw new LupaError(
    'delivery_not_found',
    'You have no delivery of this id. GET /v1/webhooks/deliveries lists yours.',
  )
}
