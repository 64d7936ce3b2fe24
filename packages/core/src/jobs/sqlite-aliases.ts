import type { SQLOutputValue } from 'node:sqlite'
import type { ModelAlias, ModelAliasStore } from '../models/model-alias-store.ts'
import type { SqliteDatabase } from './sqlite-database.ts'

export function createSqliteAliases(database: SqliteDatabase): ModelAliasStore {
  const statements = prepareStatements(database)

  return {
    listAliases() {
      return database.read(() => statements.list.all().map(toAlias))
    },

    setAlias({ model, alias, version, setAt, setBy }, expected) {
      return database.write(() => {
        const before = find(model, alias)
        if (expected !== undefined && (before?.version ?? null) !== expected)
          return { accepted: false, before }
        if (before?.version !== version) statements.put.run(model, alias, version, setAt, setBy)
        return { accepted: true, before }
      })
    },

    deleteAlias(model, alias) {
      return database.write(() => {
        const before = find(model, alias)
        statements.delete.run(model, alias)
        return before
      })
    },
  }

  function find(model: string, alias: string): ModelAlias | undefined {
    const row = statements.find.get(model, alias)
    return row && toAlias(row)
  }
}

function prepareStatements(database: SqliteDatabase) {
  return {
    list: database.prepare('SELECT * FROM model_aliases ORDER BY model, alias'),
    find: database.prepare('SELECT * FROM model_aliases WHERE model = ? AND alias = ?'),
    put: database.prepare('INSERT OR REPLACE INTO model_aliases VALUES (?, ?, ?, ?, ?)'),
    delete: database.prepare('DELETE FROM model_aliases WHERE model = ? AND alias = ?'),
  }
}

function toAlias(row: Record<string, SQLOutputValue>): ModelAlias {
  return {
    model: String(row.model),
    alias: String(row.alias),
    version: String(row.version),
    setAt: String(row.set_at),
    setBy: String(row.set_by),
  }
}
