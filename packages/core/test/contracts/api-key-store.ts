import { describe, expect, test } from 'vitest'
import { makeApiKey } from '../../src/clients/api-key-text.ts'
import { type ApiKeyRecord, createApiKeyRecord } from '../../src/domain/api-key.ts'
import type { RecordStore } from '../../src/jobs/record-store.ts'
import { openedStore } from './opened-store.ts'

/** What every store of API keys promises. */
export function describeApiKeyStore(
  name: string,
  openStore: () => Promise<{ store: RecordStore } & AsyncDisposable>,
): void {
  describe(`${name} keeps its promises about API keys`, () => {
    const store = openedStore(openStore)

    test('a key is read as it was created, and of two under one id the first stays', async () => {
      const key = aKey()
      expect(await store.createApiKey(key)).toBe(true)
      expect(await store.createApiKey(aKey({ id: key.id }))).toBe(false)
      expect(await store.getApiKey(key.id)).toEqual(key)
    })

    test('what is missing is undefined, however odd its id', async () => {
      for (const id of ['0000000000', '', 'a/b', '../x', '\u0000', '__proto__'])
        expect(await store.getApiKey(id)).toBeUndefined()
      expect(await store.revokeApiKey('0000000000', new Date())).toBeUndefined()
      expect(await store.rotateApiKey('0000000000', aRotation())).toBeUndefined()
      await store.noteApiKeyUses(new Map([['0000000000', new Date()]]))
    })

    test('a key is revoked once, at the time of the first revocation', async () => {
      const key = aKey()
      await store.createApiKey(key)
      const at = new Date('2026-11-24T10:00:00.000Z')
      const revoked = { ...key, revoked_at: at.toISOString() }
      expect(await store.revokeApiKey(key.id, at)).toEqual(revoked)
      expect(await store.revokeApiKey(key.id, new Date('2026-11-25T10:00:00.000Z'))).toEqual(revoked)
      expect(await store.getApiKey(key.id)).toEqual(revoked)
    })

    test('a rotation puts a new digest first and keeps the one before, and no other', async () => {
      const key = aKey()
      await store.createApiKey(key)
      await store.rotateApiKey(key.id, aRotation({ digest: 'b'.repeat(64) }))
      const rotation = aRotation({ digest: 'c'.repeat(64) })
      expect(await store.rotateApiKey(key.id, rotation)).toEqual({
        ...key,
        digest: 'c'.repeat(64),
        previous_digest: 'b'.repeat(64),
        previous_until: rotation.previousUntil.toISOString(),
        rotated_at: rotation.at.toISOString(),
      })
    })

    test('a revoked key is not rotated', async () => {
      const key = aKey()
      await store.createApiKey(key)
      const revoked = await store.revokeApiKey(key.id, new Date())
      expect(await store.rotateApiKey(key.id, aRotation())).toEqual(revoked)
      expect(await store.getApiKey(key.id)).toEqual(revoked)
    })

    test('of many changes at once none is lost', async () => {
      const key = aKey()
      await store.createApiKey(key)
      const usedAt = new Date('2026-11-24T11:00:00.000Z')
      await Promise.all([
        store.rotateApiKey(key.id, aRotation({ digest: 'd'.repeat(64) })),
        store.noteApiKeyUses(new Map([[key.id, usedAt]])),
      ])
      expect(await store.getApiKey(key.id)).toMatchObject({
        digest: 'd'.repeat(64),
        last_used_at: usedAt.toISOString(),
      })
    })

    test('the last use is noted of many keys, and never goes back', async () => {
      const keys = [aKey(), aKey()]
      for (const key of keys) await store.createApiKey(key)
      const ids = keys.map(({ id }) => id)
      const noteAll = (at: string) =>
        store.noteApiKeyUses(new Map(ids.map((id) => [id, new Date(at)] as const)))
      await noteAll('2026-11-24T12:00:00.000Z')
      await noteAll('2026-11-24T11:59:00.000Z')
      for (const id of ids)
        expect(await store.getApiKey(id)).toMatchObject({ last_used_at: '2026-11-24T12:00:00.000Z' })
    })

    test('keys are listed the newest first, in pages', async () => {
      const keys = Array.from({ length: 5 }, (_, at) =>
        aKey({ createdAt: new Date(Date.UTC(2200, 0, 1, 0, 0, at === 2 ? 1 : at)) }),
      )
      for (const key of keys) await store.createApiKey(key)
      const wanted = keys
        .toSorted((a, b) => (a.created_at + a.id < b.created_at + b.id ? 1 : -1))
        .map(({ id }) => id)
      const found: string[] = []
      let before: { createdAt: string; id: string } | undefined
      for (let page = 0; page < 3; page++) {
        const records = await store.listApiKeys({ before, limit: 2 })
        found.push(...records.map(({ id }) => id))
        const last = records.at(-1) as ApiKeyRecord
        before = { createdAt: last.created_at, id: last.id }
      }
      expect(found.slice(0, 5)).toEqual(wanted)
    })
  })
}

function aKey({ id = makeApiKey().id, createdAt = new Date('2026-11-23T12:00:00.000Z') } = {}): ApiKeyRecord {
  return createApiKeyRecord({
    id,
    digest: 'a'.repeat(64),
    name: 'camera at the gate',
    client: 'line-3',
    scopes: ['jobs:write'],
    rateLimitPerMinute: null,
    createdBy: 'basic:ana',
    createdAt,
    expiresAt: null,
  })
}

function aRotation({ digest = 'e'.repeat(64) } = {}) {
  return {
    digest,
    at: new Date('2026-11-24T00:00:00.000Z'),
    previousUntil: new Date('2026-11-25T00:00:00.000Z'),
  }
}
