import { digestOf, makeApiKey } from '@lupa/core/clients/api-key-text'
import { type ApiKeyRequest, createApiKeyRecord } from '@lupa/core/domain/api-key'
import type { GatewayUnderTest } from './gateway-under-test.ts'

/** An API key in the job store of a gateway, as an administrator would have made it. */
export async function makeClientKey(
  { deps }: GatewayUnderTest,
  overrides: Partial<ApiKeyRequest> = {},
): Promise<{ id: string; key: string }> {
  const made = makeApiKey()
  const record = createApiKeyRecord({
    id: made.id,
    digest: digestOf(made.key, deps.apiKeySecret),
    name: 'a key for a test',
    client: 'line-3',
    scopes: ['jobs:read', 'jobs:write', 'webhooks:write'],
    rateLimitPerMinute: null,
    createdBy: 'basic:ana',
    createdAt: new Date(),
    expiresAt: null,
    ...overrides,
  })
  await deps.jobStore.createApiKey(record)
  return made
}

export const bearer = (key: string) => ({ authorization: `Bearer ${key}` })
export const basic = (pair: string) => ({ authorization: `Basic ${Buffer.from(pair).toString('base64')}` })
