import { createHmac, randomBytes } from 'node:crypto'
import type { WebhookSecrets } from '../jobs/delivery-store.ts'

const SECRET_PREFIX = 'whsec_'

/** A signing secret as Standard Webhooks writes it. */
export function makeSecret(): string {
  return SECRET_PREFIX + randomBytes(32).toString('base64')
}

/** Those to sign with: two while one is being replaced. */
export function validSecretsOf({ current, previous }: WebhookSecrets): string[] {
  return previous === null ? [current] : [current, previous]
}

/**
 * The headers that prove a webhook is ours, by Standard Webhooks. Several secrets give several signatures:
 * while a secret is being replaced, a receiver may know either.
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export function signWebhook(message: {
  /** The same on every try of one event. Holds no dot, which separates the signed parts. */
  id: string
  timestamp: Date
  body: string
  secrets: string[]
}): Record<'webhook-id' | 'webhook-timestamp' | 'webhook-signature', string> {
  const { id, body, secrets } = message
  const timestampSeconds = Math.floor(message.timestamp.getTime() / 1000)
  const signed = `${id}.${timestampSeconds}.${body}`
  return {
    'webhook-id': id,
    'webhook-timestamp': `${timestampSeconds}`,
    'webhook-signature': secrets.map((secret) => sign(signed, secret)).join(' '),
  }
}

function sign(signed: string, secret: string): string {
  const key = Buffer.from(secret.replace(SECRET_PREFIX, ''), 'base64')
  return `v1,${createHmac('sha256', key).update(signed).digest('base64')}`
}
