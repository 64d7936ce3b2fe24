import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { LupaError } from '../domain/errors.ts'
import { SQLITE_MIGRATIONS } from './sqlite-migrations.ts'
import { createSqliteWriter, SQLITE, type SqliteWriter, sqliteCode } from './sqlite-writer.ts'

export interface SqliteOptions {
  file: string
  /** `NORMAL` survives a killed process, `FULL` also a power cut. */
  synchronous: 'NORMAL' | 'FULL'
  /** How long another process may hold the file before a write is given up. */
  patienceMs?: number
}

/** One open file for all that is stored in it. What fails rejects with `store_unavailable`. */
export interface SqliteDatabase extends SqliteWriter {
  prepare(sql: string): StatementSync
  check(): Promise<void>
  close(): Promise<void>
}

export function openSqliteDatabase(options: SqliteOptions): SqliteDatabase {
  const { file, patienceMs = 5000 } = options
  const database = explained(file, () => openFile(options))
  const writer = createSqliteWriter(database, { patienceMs })

  return {
    prepare: (sql) => database.prepare(sql),
    read: (query) => translated(writer.read(query)),
    write: (change) => translated(writer.write(change)),

    // A real write: with a full disk, or a file that became read-only, all reads still succeed.
    async check() {
      await translated(writer.write(() => database.exec(`PRAGMA user_version = ${SQLITE_MIGRATIONS.length}`)))
    },

    async close() {
      if (!database.isOpen) return
      await writer.write(() => {}).catch(() => {})
      if (database.isOpen) database.close()
    },
  }

  async function translated<T>(work: Promise<T>): Promise<T> {
    try {
      return await work
    } catch (error) {
      throw translate(file, error)
    }
  }
}

function openFile({ file, synchronous }: SqliteOptions): DatabaseSync {
  mkdirSync(dirname(file), { recursive: true })
  // At the start alone it may block: another process may be bringing the same file up to date.
  const database = new DatabaseSync(file, { timeout: 5000 })
  database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = ${synchronous}`)
  migrate(database, file)
  database.exec('PRAGMA busy_timeout = 0')
  return database
}

function migrate(database: DatabaseSync, file: string): void {
  if (versionOf(database) === SQLITE_MIGRATIONS.length) return
  database.exec('BEGIN IMMEDIATE')
  const version = versionOf(database)
  if (version > SQLITE_MIGRATIONS.length) {
    database.close()
    const detail = `${file} was written by a newer Lupa (version ${version}, this one knows ${SQLITE_MIGRATIONS.length}). Update Lupa, or set DATA_DIR to another folder.`
    throw new LupaError('store_unavailable', detail)
  }
  for (const step of SQLITE_MIGRATIONS.slice(version)) database.exec(step)
  database.exec(`PRAGMA user_version = ${SQLITE_MIGRATIONS.length}; COMMIT`)
}

function versionOf(database: DatabaseSync): number {
  return Number(database.prepare('PRAGMA user_version').get()?.user_version)
}

function explained<T>(file: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw translate(file, error)
  }
}

function translate(file: string, error: unknown): unknown {
  if (!(error instanceof Error) || !isOutside(error)) return error
  return new LupaError('store_unavailable', explain(file, error), { cause: error })
}

/** From SQLite, from a database that is closed, or from the file system: not a fault of the code. */
function isOutside(error: NodeJS.ErrnoException): boolean {
  return sqliteCode(error) !== undefined || error.code === 'ERR_INVALID_STATE' || error.errno !== undefined
}

function explain(file: string, error: NodeJS.ErrnoException): string {
  switch (sqliteCode(error) ?? error.code) {
    case SQLITE.BUSY:
      return `The job store ${file} was locked by another process for too long. Try again; find out what holds it if this stays.`
    case SQLITE.FULL:
    case 'ENOSPC':
      return `The disk of the job store ${file} is full. Free some space there.`
    case SQLITE.READONLY:
    case SQLITE.CANTOPEN:
    case 'EACCES':
    case 'EROFS':
      return `This process may not write to the job store ${file}. Give it the right to, or set DATA_DIR to a folder it may write to.`
    case SQLITE.CORRUPT:
    case SQLITE.NOTADB:
      return `The job store ${file} is damaged, or is no SQLite file. Restore it from a backup, or set DATA_DIR to another folder.`
    default:
      return `The job store ${file} cannot be used: ${error.message}. Check the disk, or set DATA_DIR to another folder.`
  }
}
