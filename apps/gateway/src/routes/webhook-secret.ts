import type { JobStore } from '@lupa/core/jobs/job-store'
import { makeSecret } from '@lupa/core/webhooks/sign'
import { z } from 'zod'
import type { App } from '../app-type.ts'
import { clientOf } from '../plugins/auth.ts'
import { problems } from '../plugins/openapi.ts'

const WebhookSecret = z
  .object({
    object: z.literal('webhook_secret'),
    secret: z.string().describe('`whsec_…`, for your verifier.'),
  })
  .meta({ id: 'WebhookSecret' })

export function getWebhookSecret(app: App, { jobStore }: { jobStore: JobStore }): void {
  app.get(
    '/v1/webhooks/secret',
    {
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
      const secret = await jobStore.webhookSecret(clientOf(request), makeSecret)
      return { object: 'webhook_secret' as const, secret }
    },
  )
}
