import type { SQLOutputValue } from 'node:sqlite'
import type { ApiKeyStore } from '../clients/api-key-store.ts'
import { type ApiKeyRecord, noteUse, revoke, rotate } from '../domain/api-key.ts'
import type { SqliteDatabase } from './sqlite-database.ts'

export function createSqliteApiKeys(database: SqliteDatabase): ApiKeyStore {
  const statements = prepareStatements(database)

  return {
    createApiKey(key) {
      return database.write(
        () => statements.insert.run(key.id, key.created_at, JSON.stringify(key)).changes === 1,
      )
    },

    getApiKey(id) {
      return database.read(() => find(id))
    },

    listApiKeys({ before, limit }) {
      const { createdAt, id } = before ?? BEFORE_ALL
      return database.read(() => statements.list.all(createdAt, id, limit).map(toKey))
    },

    revokeApiKey(id, at) {
      return change(id, (key) => revoke(key, at))
    },

    rotateApiKey(id, rotation) {
      return change(id, (key) => (key.revoked_at === null ? rotate(key, rotation) : key))
    },

    async noteApiKeyUses(uses) {
      await database.write(() => {
        for (const [id, at] of uses) {
          const key = find(id)
          const noted = key && noteUse(key, at.toISOString())
          if (noted) replace(noted)
        }
      })
    },
  }

  function change(id: string, toChanged: (key: ApiKeyRecord) => ApiKeyRecord) {
    return database.write(() => {
      const key = find(id)
      if (!key) return undefined
      const changed = toChanged(key)
      replace(changed)
      return changed
    })
  }

  function find(id: string): ApiKeyRecord | undefined {
    const row = statements.find.get(id)
    return row && toKey(row)
  }

  function replace(key: ApiKeyRecord): void {
    statements.replace.run(JSON.stringify(key), key.id)
  }
}

/** Later than any time there is. */
const BEFORE_ALL = { createdAt: '~', id: '' }

function prepareStatements(database: SqliteDatabase) {
  return {
    insert: database.prepare(
      'INSERT INTO api_keys (id, created_at, document) VALUES (?, ?, ?) ON CONFLICT (id) DO NOTHING',
    ),
    find: database.prepare('SELECT document FROM api_keys WHERE id = ?'),
    replace: database.prepare('UPDATE api_keys SET document = ? WHERE id = ?'),
    list: database.prepare(
      `SELECT document FROM api_keys WHERE (created_at, id) < (?, ?)
       ORDER BY created_at DESC, id DESC LIMIT ?`,
    ),
  }
}

function toKey({ document }: Record<string, SQLOutputValue>): ApiKeyRecord {
  return JSON.parse(String(document))
}
