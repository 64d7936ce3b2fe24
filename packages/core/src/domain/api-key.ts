import { z } from 'zod'
import { Scope } from './scope.ts'

const Timestamp = z.string()

/** As clients are called by those who make their keys. */
export const ClientName = z
  .string()
  .max(64)
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]*$/,
    'letters, digits, dots, dashes and underscores, a letter or digit first',
  )

/** An API key as administrators see it: never what it is checked against. */
export const ApiKey = z
  .object({
    id: z
      .string()
      .describe('Stands in the key itself, after `lupa_`: a key that turns up can be told by it.'),
    object: z.literal('api_key'),
    name: z.string().describe('What the key is for.'),
    client: ClientName.describe('Whose key it is. Keys of one client see the same jobs.'),
    scopes: z.array(Scope),
    status: z.enum(['active', 'expired', 'revoked']),
    rate_limit_per_minute: z
      .int()
      .nullable()
      .describe('Images a minute of this key alone; null: it shares what its client may send.'),
    created_at: Timestamp,
    created_by: z.string(),
    expires_at: Timestamp.nullable(),
    revoked_at: Timestamp.nullable(),
    rotated_at: Timestamp.nullable(),
    previous_until: Timestamp.nullable().describe('Until then the key before the rotation is good as well.'),
    last_used_at: Timestamp.nullable().describe('To about a minute.'),
  })
  .meta({ id: 'ApiKey' })
export type ApiKey = z.output<typeof ApiKey>

/** As stored: with the keyed digests of what a client sends, which say nothing of it. */
export type ApiKeyRecord = Omit<ApiKey, 'status'> & { digest: string; previous_digest: string | null }

export interface ApiKeyRequest {
  id: string
  digest: string
  name: string
  client: string
  scopes: Scope[]
  rateLimitPerMinute: number | null
  createdBy: string
  createdAt: Date
  expiresAt: Date | null
}

export function createApiKeyRecord(request: ApiKeyRequest): ApiKeyRecord {
  return {
    id: request.id,
    object: 'api_key',
    name: request.name,
    client: request.client,
    scopes: request.scopes,
    rate_limit_per_minute: request.rateLimitPerMinute,
    created_at: request.createdAt.toISOString(),
    created_by: request.createdBy,
    expires_at: request.expiresAt?.toISOString() ?? null,
    revoked_at: null,
    rotated_at: null,
    previous_until: null,
    last_used_at: null,
    digest: request.digest,
    previous_digest: null,
  }
}

export function toApiKey(record: ApiKeyRecord, now: Date): ApiKey {
  const { digest, previous_digest, ...key } = record
  const isOverlapping = record.previous_until !== null && record.previous_until > now.toISOString()
  return {
    ...key,
    status: statusOf(record, now),
    previous_until: isOverlapping ? record.previous_until : null,
  }
}

function statusOf({ revoked_at, expires_at }: ApiKeyRecord, now: Date): ApiKey['status'] {
  if (revoked_at !== null) return 'revoked'
  return expires_at !== null && expires_at <= now.toISOString() ? 'expired' : 'active'
}

/** Revoked once: a later time changes nothing. What was overlapping is revoked with it. */
export function revoke(record: ApiKeyRecord, at: Date): ApiKeyRecord {
  return { ...record, revoked_at: record.revoked_at ?? at.toISOString() }
}

/** The key gets a new secret; the one it had is good until then. */
export function rotate(
  record: ApiKeyRecord,
  { digest, at, previousUntil }: { digest: string; at: Date; previousUntil: Date },
): ApiKeyRecord {
  return {
    ...record,
    digest,
    rotated_at: at.toISOString(),
    previous_digest: record.digest,
    previous_until: previousUntil.toISOString(),
  }
}

/** An earlier use than the one that is known changes nothing. */
export function noteUse(record: ApiKeyRecord, usedAt: string): ApiKeyRecord | undefined {
  const isNews = record.last_used_at === null || record.last_used_at < usedAt
  return isNews ? { ...record, last_used_at: usedAt } : undefined
}
