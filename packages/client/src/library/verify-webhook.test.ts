import { makeSecret, signWebhook } from '@lupa/core/webhooks/sign'
import { expect, test } from 'vitest'
import { isJobEvent, verifyWebhook } from './verify-webhook.ts'

const secret = makeSecret()
const body = JSON.stringify({ type: 'job.succeeded', timestamp: 'then', data: { image_name: 'ação 🍾.jpg' } })
const now = new Date('2026-11-26T12:00:00Z')
const sign = (secrets = [secret], timestamp = now) =>
  signWebhook({ id: 'msg_1', timestamp, body, secrets }) as Record<string, string>

test('what Lupa signs is taken: as text or bytes, by one secret of two, with headers of any kind', async () => {
  const event = await verifyWebhook({ body, headers: sign(), secret, now })
  expect(event).toEqual(JSON.parse(body))
  expect(isJobEvent(event)).toBe(true)
  const two = new Headers(sign([makeSecret(), secret]))
  const bytes = new TextEncoder().encode(body)
  expect(await verifyWebhook({ body: bytes, headers: two, secret, now })).toEqual(event)
  const upper = Object.fromEntries(
    Object.entries(sign()).map(([name, value]) => [name.toUpperCase(), [value]]),
  )
  expect(await verifyWebhook({ body, headers: upper, secret, now })).toEqual(event)
})

test.each([
  ['another secret', { secret: makeSecret() }, 'No signature'],
  ['another body', { body: `${body} ` }, 'No signature'],
  ['an old one', { headers: sign([secret], new Date(now.getTime() - 301_000)) }, 'not within 300 seconds'],
  [
    'one from the future',
    { headers: sign([secret], new Date(now.getTime() + 301_000)) },
    'not within 300 seconds',
  ],
  ['a time that is none', { headers: { ...sign(), 'webhook-timestamp': 'x' } }, 'not within 300 seconds'],
  [
    'no signature',
    { headers: { ...sign(), 'webhook-signature': undefined } },
    'webhook-signature is missing',
  ],
  ['a signature that is no base64', { headers: { ...sign(), 'webhook-signature': 'v1,%' } }, 'No signature'],
  ['another version', { headers: { ...sign(), 'webhook-signature': 'v1a,AAAA' } }, 'No signature'],
  ['a secret that is none', { secret: 'whsec_%' }, 'The secret'],
])('%s is refused', async (_, change, message) => {
  const given = { body, headers: sign(), secret, now, ...change }
  await expect(verifyWebhook(given)).rejects.toThrow(message)
})
