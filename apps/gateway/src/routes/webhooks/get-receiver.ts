import type { DeliveryStore } from '@lupa/core/jobs/delivery-store'
import { z } from 'zod'
import type { App } from '../../app-type.ts'
import { clientOf } from '../../plugins/auth.ts'
import { problems } from '../../plugins/openapi.ts'

const WebhookReceiver = z
  .object({
    object: z.literal('webhook_receiver'),
    url: z.string(),
    status: z
      .enum(['on', 'failing', 'off'])
      .describe('`failing`: no try has succeeded since `failing_since`. `off`: nothing is sent any more.'),
    failing_since: z.string().nullable(),
    switched_off_at: z.string().nullable(),
    reason: z.string().nullable().describe('Why webhooks to this URL were switched off.'),
  })
  .meta({ id: 'WebhookReceiver' })

export function getReceiver(app: App, { deliveries }: { deliveries: DeliveryStore }): void {
  app.get(
    '/v1/webhooks/receiver',
    {
      config: { scope: 'jobs:read' },
      schema: {
        operationId: 'getWebhookReceiver',
        tags: ['webhooks'],
        summary: 'See how a webhook URL fares',
        description:
          'A URL is switched off, for you alone, when it answers 410 or after five days of nothing but failures. ' +
          'A test (`POST /v1/webhooks/test`) or a redelivery that succeeds switches it on again.',
        querystring: z.strictObject({ url: z.string().min(1).max(2048).describe('The `webhook_url`.') }),
        response: { 200: WebhookReceiver, ...problems(400, 401, 503) },
      },
    },
    async (request) => {
      const { url } = request.query
      const known = await deliveries.getReceiver(clientOf(request), url)
      const { failingSince = null, disabledAt = null, reason = null } = known ?? {}
      return {
        object: 'webhook_receiver' as const,
        url,
        status: disabledAt ? ('off' as const) : failingSince ? ('failing' as const) : ('on' as const),
        failing_since: failingSince,
        switched_off_at: disabledAt,
        reason,
      }
    },
  )
}
