import type { ApiKeyStore } from '../clients/api-key-store.ts'
import { type ApiKeyRecord, noteUse, revoke, rotate } from '../domain/api-key.ts'
import type { CosmosDatabase } from './cosmos-database.ts'
import { createCosmosItems } from './cosmos-items.ts'

/** `key_id` is the id of the key: another kind of item may have the same. */
type ApiKeyItem = ApiKeyRecord & { kind: 'api_key'; key_id: string }

export function createCosmosApiKeys(database: CosmosDatabase): ApiKeyStore {
  const keys = createCosmosItems<ApiKeyItem>(database, 'admin')

  return {
    createApiKey(key) {
      return keys.create(toItem(key))
    },

    async getApiKey(id) {
      const item = await keys.read(toItemId(id))
      return item && toKey(item)
    },

    async listApiKeys({ before, limit }) {
      const page = before && 'c.created_at <= @createdAt AND (c.created_at < @createdAt OR c.id < @id)'
      const found = await keys.find({
        where: [`c.kind = 'api_key'`, page].filter(Boolean).join(' AND '),
        values: { createdAt: before?.createdAt, id: before && toItemId(before.id) },
        orderBy: 'c.kind ASC, c.created_at DESC, c.id DESC',
        limit,
      })
      return found.map(toKey)
    },

    revokeApiKey(id, at) {
      return change(id, (key) => revoke(key, at))
    },

    rotateApiKey(id, rotation) {
      return change(id, (key) => (key.revoked_at === null ? rotate(key, rotation) : key))
    },

    async noteApiKeyUses(uses) {
      for (const [id, at] of uses) await change(id, (key) => noteUse(key, at.toISOString()))
    },
  }

  async function change(id: string, toChanged: (key: ApiKeyRecord) => ApiKeyRecord | undefined) {
    const answer = await keys.update(toItemId(id), (item) => {
      const changed = toChanged(toKey(item))
      return changed && toItem(changed)
    })
    return answer && toKey(answer.item)
  }
}

const toItemId = (id: string) => `api-key-${id}`

function toItem(key: ApiKeyRecord): ApiKeyItem {
  return { ...key, id: toItemId(key.id), key_id: key.id, kind: 'api_key' }
}

function toKey({ kind, key_id, ...item }: ApiKeyItem): ApiKeyRecord {
  return { ...item, id: key_id }
}
