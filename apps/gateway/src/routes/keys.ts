import type { ApiKeyStore } from '@lupa/core/clients/api-key-store'
import { digestOf, makeApiKey } from '@lupa/core/clients/api-key-text'
import {
  ApiKey,
  type ApiKeyRecord,
  ClientName,
  createApiKeyRecord,
  toApiKey,
} from '@lupa/core/domain/api-key'
import { LupaError } from '@lupa/core/domain/errors'
import { Scope } from '@lupa/core/domain/scope'
import type { FastifyReply } from 'fastify'
import { z } from 'zod'
import type { App } from '../app-type.ts'
import type { Audit } from '../audit.ts'
import { PageParameters, readCursor, toPage } from '../cursor.ts'
import type { KnownKeys } from '../known-keys.ts'
import { KNOWN_FOR_MS } from '../known-keys.ts'
import { clientOf } from '../plugins/auth.ts'
import { problems } from '../plugins/openapi.ts'

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000
const DEFAULT_OVERLAP_HOURS = 24
const MOST_TRIES = 5

const KeyRequest = z
  .strictObject({
    client: ClientName.describe('Whose key it is. Keys of one client see the same jobs.'),
    name: z.string().trim().min(1).max(100).optional().describe('What it is for; the client if not given.'),
    scopes: z
      .array(Scope)
      .min(1)
      .max(Scope.options.length)
      .default(['jobs:read', 'jobs:write', 'webhooks:write'])
      .describe('What it may be used for.'),
    expires_in_days: z.int().min(1).max(3650).nullable().default(null).describe('Null: it does not expire.'),
    rate_limit_per_minute: z
      .int()
      .min(0)
      .max(1_000_000)
      .nullable()
      .default(null)
      .describe(
        'Images a minute for this key alone, 0 is no limit; null: it shares what its client may send.',
      ),
  })
  .meta({
    id: 'KeyRequest',
    examples: [{ client: 'line-3', name: 'camera at the gate', scopes: ['jobs:write'] }],
  })

const RotateRequest = z
  .strictObject({
    overlap_hours: z
      .number()
      .min(0)
      .max(720)
      .optional()
      .describe(`How long the key as it was is good as well; ${DEFAULT_OVERLAP_HOURS} if not given.`),
  })
  .meta({ id: 'RotateRequest', examples: [{ overlap_hours: 24 }] })

const NewApiKey = ApiKey.extend({
  key: z.string().describe('The key itself. It is shown this once and cannot be found out again.'),
}).meta({ id: 'NewApiKey' })

const KeyList = z
  .object({ object: z.literal('list'), data: z.array(ApiKey), next_cursor: z.string().nullable() })
  .meta({ id: 'ApiKeyList' })

const KeyId = z.object({
  id: z.string().describe("The key's id: what stands between `lupa_` and the next `_`."),
})

export interface KeysDeps {
  store: ApiKeyStore
  knownKeys: KnownKeys
  /** What keys are hashed with. */
  secret: string
  audit: Audit
}

/** API keys: made, listed, rotated and revoked by administrators. */
export function keys(app: App, { store, knownKeys, secret, audit }: KeysDeps): void {
  const tags = ['keys']
  const config = { scope: 'admin' }

  app.post(
    '/v1/keys',
    {
      config,
      schema: {
        operationId: 'createKey',
        tags,
        summary: 'Make an API key',
        description:
          'The answer holds the key, once. Jobs belong to the client, whichever of its keys made them.',
        body: KeyRequest,
        response: { 201: NewApiKey, ...problems(400, 401, 503) },
      },
    },
    async (request, reply) => {
      const { client, name = client, scopes, expires_in_days: days, rate_limit_per_minute } = request.body
      const createdAt = new Date()
      for (let attempt = 1; attempt <= MOST_TRIES; attempt++) {
        const { id, key } = makeApiKey()
        const record = createApiKeyRecord({
          id,
          digest: digestOf(key, secret),
          name,
          client,
          scopes: [...new Set(scopes)],
          rateLimitPerMinute: rate_limit_per_minute,
          createdBy: clientOf(request),
          createdAt,
          expiresAt: days === null ? null : new Date(createdAt.getTime() + days * DAY_MS),
        })
        const details = { client, name, scopes: record.scopes, expires_at: record.expires_at }
        await audit(request, { action: 'key.created', target: id, details })
        if (await store.createApiKey(record)) return showOnce(reply.code(201), record, key)
      }
      throw new LupaError('internal_error', `${MOST_TRIES} new keys in a row had the id of another.`)
    },
  )

  app.get(
    '/v1/keys',
    {
      config,
      schema: {
        operationId: 'listKeys',
        tags,
        summary: 'List API keys',
        description: 'The newest first, with those that expired or were revoked.',
        querystring: PageParameters,
        response: { 200: KeyList, ...problems(400, 401, 503) },
      },
    },
    async (request) => {
      const { limit, cursor } = request.query
      const before = cursor === undefined ? undefined : readCursor(cursor)
      const { page, nextCursor } = toPage(await store.listApiKeys({ before, limit: limit + 1 }), limit)
      const now = new Date()
      return { object: 'list' as const, data: page.map((key) => toApiKey(key, now)), next_cursor: nextCursor }
    },
  )

  app.post(
    '/v1/keys/:id/rotate',
    {
      config,
      schema: {
        operationId: 'rotateKey',
        tags,
        summary: 'Replace an API key',
        description:
          'Gives the key a new secret, which the answer holds, once. The key as it was stays good for ' +
          '`overlap_hours`; of one that was rotated within them already, only the latest two are good.',
        params: KeyId,
        body: RotateRequest.nullish(),
        response: { 200: NewApiKey, ...problems(400, 401, 404, 409, 503) },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const { overlap_hours: hours = DEFAULT_OVERLAP_HOURS } = request.body ?? {}
      const at = new Date()
      const previousUntil = new Date(at.getTime() + hours * HOUR_MS)
      assertNotRevoked(assertFound(await store.getApiKey(id)))
      await audit(request, {
        action: 'key.rotated',
        target: id,
        details: { previous_until: previousUntil.toISOString() },
      })
      const { key } = makeApiKey(id)
      const rotation = { digest: digestOf(key, secret), at, previousUntil }
      const record = assertNotRevoked(assertFound(await store.rotateApiKey(id, rotation)))
      knownKeys.forget(id)
      return showOnce(reply, record, key)
    },
  )

  app.delete(
    '/v1/keys/:id',
    {
      config,
      schema: {
        operationId: 'revokeKey',
        tags,
        summary: 'Revoke an API key',
        description:
          `From the answer on this gateway refuses the key, and every other one within ${KNOWN_FOR_MS / 1000} ` +
          'seconds. It stays in the list. Its jobs stay with its client.',
        params: KeyId,
        response: { 200: ApiKey, ...problems(401, 404, 503) },
      },
    },
    async (request) => {
      const { id } = request.params
      const key = assertFound(await store.getApiKey(id))
      await audit(request, { action: 'key.revoked', target: id, details: { client: key.client } })
      const revoked = assertFound(await store.revokeApiKey(id, new Date()))
      knownKeys.forget(id)
      return toApiKey(revoked, new Date())
    },
  )
}

function showOnce(reply: FastifyReply, record: ApiKeyRecord, key: string) {
  return reply.header('cache-control', 'no-store').send({ ...toApiKey(record, new Date()), key })
}

function assertFound(key: ApiKeyRecord | undefined): ApiKeyRecord {
  if (key) return key
  throw new LupaError('key_not_found', 'There is no API key of this id. GET /v1/keys lists them.')
}

function assertNotRevoked(key: ApiKeyRecord): ApiKeyRecord {
  if (key.revoked_at === null) return key
  throw new LupaError(
    'key_revoked',
    `The API key ${key.id} was revoked at ${key.revoked_at}. Make a new one.`,
  )
}
