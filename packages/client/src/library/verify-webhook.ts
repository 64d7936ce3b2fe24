import { WebhookError } from './errors.ts'
import type { Job } from './wire-types.ts'

/** An event as it is posted to a `webhook_url`: of a job, of a batch, or a test. */
export interface WebhookEvent<Data = unknown> {
  type: string
  timestamp: string
  data: Data
}

export type JobEvent = WebhookEvent<Job> & { type: `job.${string}` }

export function isJobEvent(event: WebhookEvent): event is JobEvent {
  return event.type.startsWith('job.')
}

export interface SignedWebhook {
  /** The raw body, before anything parsed it. */
  body: string | Uint8Array
  headers: Headers | Record<string, string | string[] | undefined>
  /** `whsec_…`, from `GET /v1/webhooks/secret`. */
  secret: string
  /** How far the clocks may be apart, in seconds. */
  toleranceSeconds?: number
  now?: Date
}

/**
 * The event in a webhook, once its signature is seen to be right and its time to be near.
 * Rejects with a WebhookError. https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export async function verifyWebhook({
  body,
  headers,
  secret,
  toleranceSeconds = 300,
  now = new Date(),
}: SignedWebhook): Promise<WebhookEvent> {
  const [id, timestamp, signatures] = ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) => {
    const value = headerOf(headers, name)
    if (value) return value
    throw new WebhookError(`The header ${name} is missing.`)
  }) as [string, string, string]
  const driftSeconds = now.getTime() / 1000 - Number(timestamp)
  if (!(Math.abs(driftSeconds) <= toleranceSeconds)) {
    throw new WebhookError(
      `webhook-timestamp ${timestamp} is not within ${toleranceSeconds} seconds of this clock: an old webhook, or a clock that is wrong.`,
    )
  }
  const text = typeof body === 'string' ? body : new TextDecoder().decode(body)
  const key = await importKey(secret)
  const signed = new TextEncoder().encode(`${id}.${timestamp}.${text}`)
  for (const signature of signatures.split(' ')) {
    const [version, encoded] = signature.split(',')
    const bytes = version === 'v1' ? fromBase64(encoded ?? '') : undefined
    // `verify` compares in constant time.
    if (bytes && (await crypto.subtle.verify('HMAC', key, bytes, signed)))
      return JSON.parse(text) as WebhookEvent
  }
  throw new WebhookError('No signature in webhook-signature is made with this secret.')
}

function headerOf(headers: SignedWebhook['headers'], name: string): string | undefined {
  if (headers instanceof Headers) return headers.get(name) ?? undefined
  const [, value] = Object.entries(headers).find(([key]) => key.toLowerCase() === name) ?? []
  return [value].flat()[0]
}

async function importKey(secret: string) {
  const bytes = fromBase64(secret.replace(/^whsec_/, ''))
  if (!bytes || bytes.length === 0) throw new WebhookError('The secret is not whsec_ and base64.')
  return crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['verify'])
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(text), (char) => char.charCodeAt(0))
  } catch {
    return undefined
  }
}
