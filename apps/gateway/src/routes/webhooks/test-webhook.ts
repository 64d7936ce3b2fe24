import { newJobId } from '@lupa/core/domain/ids'
import type { DeliveryStore } from '@lupa/core/jobs/delivery-store'
import { checkWebhookUrl, type Outbound } from '@lupa/core/webhooks/guard-address'
import type { SendWebhook } from '@lupa/core/webhooks/post-webhook'
import { HEALTHY } from '@lupa/core/webhooks/receiver-health'
import { makeSecret, validSecretsOf } from '@lupa/core/webhooks/sign'
import { testWebhookBody } from '@lupa/core/webhooks/webhook-body'
import { z } from 'zod'
import type { App } from '../../app-type.ts'
import { clientOf } from '../../plugins/auth.ts'
import { problems } from '../../plugins/openapi.ts'
import { gone } from '../gone.ts'

const TestRequest = z
  .strictObject({ url: z.string().min(1).max(2048).describe('Where to send the test.') })
  .meta({ id: 'WebhookTestRequest', examples: [{ url: 'https://hooks.example.com/lupa' }] })

const WebhookTest = z
  .object({
    object: z.literal('webhook_test'),
    id: z.string().describe('The `webhook-id` header that was sent.'),
    url: z.string(),
    delivered: z.boolean().describe('Whether the receiver answered 2xx.'),
    duration_ms: z.number(),
    response_status: z.int().nullable().describe('Null: no answer came.'),
    response_excerpt: z.string().nullable().describe('The first bytes of the answer, as text.'),
    error: z.string().nullable(),
    switched_on: z
      .boolean()
      .describe('True when webhooks to this URL had been switched off, and are on again by this test.'),
  })
  .meta({ id: 'WebhookTest' })

export interface TestWebhookDeps {
  deliveries: DeliveryStore
  sendWebhook: SendWebhook
  outbound: Outbound
}

export function testWebhook(app: App, { deliveries, sendWebhook, outbound }: TestWebhookDeps): void {
  app.post(
    '/v1/webhooks/test',
    {
      config: { scope: 'webhooks:write' },
      schema: {
        operationId: 'testWebhook',
        tags: ['webhooks'],
        summary: 'Send a test webhook',
        description:
          'Sends a signed `webhook.test` event to a URL now, once, and tells what its receiver answered. When ' +
          'webhooks to that URL were switched off, a success switches them on again.',
        body: TestRequest,
        response: { 200: WebhookTest, ...problems(400, 401, 503) },
      },
    },
    async (request, reply) => {
      const { url } = request.body
      checkWebhookUrl(url, outbound)
      const client = clientOf(request)
      const id = `${newJobId()}-webhook-test`
      const secrets = validSecretsOf(await deliveries.webhookSecrets(client, makeSecret))
      const body = testWebhookBody(new Date())
      const answer = await sendWebhook({ url, id, body, secrets }, gone(reply))
      if (answer.refusal) throw answer.refusal
      return {
        object: 'webhook_test' as const,
        id,
        url,
        delivered: answer.isOk,
        duration_ms: answer.durationMs,
        response_status: answer.status,
        response_excerpt: answer.excerpt,
        error: answer.error,
        switched_on: answer.isOk && (await switchOn(client, url, deliveries)),
      }
    },
  )
}

async function switchOn(client: string, url: string, deliveries: DeliveryStore): Promise<boolean> {
  const receiver = await deliveries.getReceiver(client, url)
  if (!receiver?.failingSince) return false
  await deliveries.setReceiver(client, url, HEALTHY)
  return receiver.disabledAt !== null
}
