import type { SQLOutputValue } from 'node:sqlite'
import type { ErasureRecord } from '../domain/erasure.ts'
import type { ErasureStore } from './erasure-store.ts'
import type { SqliteDatabase } from './sqlite-database.ts'

export function createSqliteErasures(database: SqliteDatabase): ErasureStore {
  const statements = prepareStatements(database)

  return {
    async putErasure(erasure) {
      const { id, status, created_at, expires_at } = erasure
      const values = [id, status, created_at, expires_at, JSON.stringify(erasure)]
      await database.write(() => statements.put.run(...values))
    },

    getErasure(id) {
      return database.read(() => {
        const row = statements.find.get(id)
        return row && toErasure(row)
      })
    },

    listRunningErasures(limit) {
      return database.read(() => statements.running.all(limit).map(toErasure))
    },

    deleteClientData(client, createdBefore) {
      return database.write(() => {
        const before = createdBefore.toISOString()
        return [statements.batches, statements.deliveries, statements.keys]
          .map((statement) => Number(statement.run(client, before).changes))
          .reduce((sum, one) => sum + one, 0)
      })
    },

    sweepErasures(now) {
      return database.write(() => Number(statements.sweep.run(now.toISOString()).changes))
    },
  }
}

function prepareStatements(database: SqliteDatabase) {
  return {
    put: database.prepare('INSERT OR REPLACE INTO erasures VALUES (?, ?, ?, ?, ?)'),
    find: database.prepare('SELECT document FROM erasures WHERE id = ?'),
    running: database.prepare(
      "SELECT document FROM erasures WHERE status = 'running' AND created_at > '' ORDER BY created_at, id LIMIT ?",
    ),
    batches: database.prepare("DELETE FROM batches WHERE document ->> '$.client' = ? AND created_at < ?"),
    deliveries: database.prepare('DELETE FROM deliveries WHERE client = ? AND created_at < ?'),
    keys: database.prepare('DELETE FROM idempotency_keys WHERE client = ? AND claimed_at < ?'),
    sweep: database.prepare('DELETE FROM erasures WHERE expires_at <= ?'),
  }
}

function toErasure({ document }: Record<string, SQLOutputValue>): ErasureRecord {
  return JSON.parse(String(document))
}
