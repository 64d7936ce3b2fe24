import type { SQLOutputValue } from 'node:sqlite'
import type { BatchRecord } from '../domain/batch.ts'
import type { BatchStore } from './batch-store.ts'
import type { SqliteDatabase } from './sqlite-database.ts'

/** Batches in SQLite: each whole in `document`; the other columns repeat what queries look for. */
export function createSqliteBatches(database: SqliteDatabase): BatchStore {
  const statements = prepareStatements(database)

  return {
    createBatch(batch) {
      const { id, created_at, done, expires_at } = batch
      const columns = [id, created_at, Number(done), expires_at]
      return database.write(() => statements.insert.run(...columns, JSON.stringify(batch)).changes === 1)
    },

    getBatch(id) {
      return database.read(() => find(id))
    },

    completeBatch(id, refused, total) {
      return database.write(() => {
        const stored = find(id)
        if (stored) replace({ ...stored, complete: true, refused, total })
      })
    },

    finishBatch(id, { finishedAt, counts }) {
      return database.write(() => {
        const stored = find(id)
        if (!stored?.complete || stored.done) return false
        replace({ ...stored, done: true, finished_at: finishedAt, counts })
        return true
      })
    },

    countBatch(id) {
      return database.read(() =>
        Object.fromEntries(statements.count.all(id).map(({ status, count }) => [status, Number(count)])),
      )
    },

    listUnfinishedBatches({ createdBefore, limit }) {
      return database.read(() => statements.unfinished.all(createdBefore.toISOString(), limit).map(toBatch))
    },

    listExpiredBatches({ now, limit }) {
      return database.read(() => statements.expired.all(now.toISOString(), limit).map(toBatch))
    },

    async deleteBatch(id) {
      await database.write(() => {
        statements.deleteDeliveries.run(id)
        statements.delete.run(id)
      })
    },
  }

  function find(id: string): BatchRecord | undefined {
    const row = statements.find.get(id)
    return row && toBatch(row)
  }

  function replace(batch: BatchRecord): void {
    statements.replace.run(Number(batch.done), JSON.stringify(batch), batch.id)
  }
}

function prepareStatements(database: SqliteDatabase) {
  return {
    insert: database.prepare(
      `INSERT INTO batches (id, created_at, done, expires_at, document)
       VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
    ),
    find: database.prepare('SELECT document FROM batches WHERE id = ?'),
    replace: database.prepare('UPDATE batches SET done = ?, document = ? WHERE id = ?'),
    count: database.prepare('SELECT status, count(*) AS count FROM jobs WHERE batch = ? GROUP BY status'),
    unfinished: database.prepare(
      'SELECT document FROM batches WHERE done = 0 AND created_at < ? ORDER BY created_at, id LIMIT ?',
    ),
    expired: database.prepare(
      'SELECT document FROM batches WHERE expires_at <= ? ORDER BY expires_at, id LIMIT ?',
    ),
    delete: database.prepare('DELETE FROM batches WHERE id = ?'),
    deleteDeliveries: database.prepare('DELETE FROM deliveries WHERE batch_id = ?'),
  }
}

function toBatch({ document }: Record<string, SQLOutputValue>): BatchRecord {
  return JSON.parse(String(document))
}
