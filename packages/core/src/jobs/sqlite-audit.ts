import type { SQLOutputValue } from 'node:sqlite'
import type { AuditLog } from '../clients/audit-log.ts'
import type { AuditRecord } from '../domain/audit-record.ts'
import type { SqliteDatabase } from './sqlite-database.ts'

export function createSqliteAudit(database: SqliteDatabase): AuditLog {
  const statements = prepareStatements(database)

  return {
    async addAuditRecord(record) {
      const { id, created_at, expires_at } = record
      await database.write(() => statements.insert.run(id, created_at, expires_at, JSON.stringify(record)))
    },

    listAuditRecords({ before, limit }) {
      const { createdAt, id } = before ?? BEFORE_ALL
      return database.read(() => statements.list.all(createdAt, id, limit).map(toRecord))
    },

    sweepAuditRecords(now) {
      return database.write(() => Number(statements.sweep.run(now.toISOString()).changes))
    },
  }
}

/** Later than any time there is. */
const BEFORE_ALL = { createdAt: '~', id: '' }

function prepareStatements(database: SqliteDatabase) {
  return {
    insert: database.prepare('INSERT INTO audit (id, created_at, expires_at, document) VALUES (?, ?, ?, ?)'),
    list: database.prepare(
      `SELECT document FROM audit WHERE (created_at, id) < (?, ?)
       ORDER BY created_at DESC, id DESC LIMIT ?`,
    ),
    sweep: database.prepare('DELETE FROM audit WHERE expires_at <= ?'),
  }
}

function toRecord({ document }: Record<string, SQLOutputValue>): AuditRecord {
  return JSON.parse(String(document))
}
