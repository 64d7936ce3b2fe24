import type { DeliveryStore, WebhookSecrets } from '@lupa/core/jobs/delivery-store'
import { makeSecret } from '@lupa/core/webhooks/sign'
import { z } from 'zod'
import type { App } from '../../app-type.ts'
import { clientOf } from '../../plugins/auth.ts'
import { problems } from '../../plugins/openapi.ts'

/** How long the secret before still signs too after a rotation. */
const OVERLAP_MS = 24 * 3_600_000

const WebhookSecret = z
  .object({
    object: z.literal('webhook_secret'),
    secret: z.string().describe('`whsec_…`, for your verifier.'),
    previous_until: z
      .string()
      .nullable()
      .describe('Until then webhooks are signed with the secret before as well; null: with this one only.'),
  })
  .meta({ id: 'WebhookSecret' })
type WebhookSecret = z.output<typeof WebhookSecret>

/** The one secret of a client, shown and replaced. */
export function webhookSecret(app: App, { deliveries }: { deliveries: DeliveryStore }): void {
  app.get(
    '/v1/webhooks/secret',
    {
      config: { scope: 'webhooks:write' },
      schema: {
        operationId: 'getWebhookSecret',
        tags: ['webhooks'],
        summary: 'Get your webhook signing secret',
        description:
          'Webhooks are signed with it as Standard Webhooks says (https://www.standardwebhooks.com): verify them.',
        response: { 200: WebhookSecret, ...problems(401, 503) },
      },
    },
    async (request, reply) => {
      reply.header('cache-control', 'no-store')
      return toView(await deliveries.webhookSecrets(clientOf(request), makeSecret))
    },
  )

  app.post(
    '/v1/webhooks/secret',
    {
      config: { scope: 'webhooks:write' },
      schema: {
        operationId: 'rotateWebhookSecret',
        tags: ['webhooks'],
        summary: 'Replace your webhook signing secret',
        description:
          'Makes a new secret, which signs from now on. For 24 hours webhooks carry a signature by the one before ' +
          'too, so that a receiver may know either.',
        response: { 200: WebhookSecret, ...problems(401, 503) },
      },
    },
    async (request, reply) => {
      reply.header('cache-control', 'no-store')
      const previousUntil = new Date(Date.now() + OVERLAP_MS).toISOString()
      return toView(await deliveries.rotateWebhookSecret(clientOf(request), makeSecret(), previousUntil))
    },
  )
}

function toView({ current, previousUntil }: WebhookSecrets): WebhookSecret {
  return { object: 'webhook_secret', secret: current, previous_until: previousUntil }
}
