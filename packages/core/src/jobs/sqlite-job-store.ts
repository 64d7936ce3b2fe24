import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync, type SQLInputValue, type SQLOutputValue, type StatementSync } from 'node:sqlite'
import { LupaError } from '../domain/errors.ts'
import type { JobRecord } from '../domain/job.ts'
import type { JobQuery, JobStore } from './job-store.ts'
import { createSqliteWriter, SQLITE, sqliteCode } from './sqlite-writer.ts'
import { finishStoredJob, noteDelivery } from './stored-job.ts'

export interface SqliteOptions {
  file: string
  /** `NORMAL` survives a killed process, `FULL` also a power cut. */
  synchronous: 'NORMAL' | 'FULL'
  /** How long another process may hold the file before a write is given up. */
  patienceMs?: number
}

/** Each step brings the file from one `user_version` to the next. Steps are added, never changed. */
const MIGRATIONS = [
  `
  CREATE TABLE jobs (
    id TEXT PRIMARY KEY,
    client TEXT NOT NULL,
    created_at TEXT NOT NULL,
    status TEXT NOT NULL,
    done INTEGER NOT NULL,
    model TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    document TEXT NOT NULL,
    stored_prediction TEXT
  ) STRICT;
  CREATE INDEX jobs_by_client ON jobs (client, created_at, id);
  CREATE INDEX jobs_by_status ON jobs (client, status, created_at, id);
  CREATE INDEX jobs_by_model ON jobs (client, model, created_at, id);
  CREATE INDEX jobs_unfinished ON jobs (created_at, id) WHERE done = 0;
  CREATE INDEX jobs_by_expiry ON jobs (expires_at);

  CREATE TABLE job_tags (
    client TEXT NOT NULL,
    tag TEXT NOT NULL,
    created_at TEXT NOT NULL,
    id TEXT NOT NULL REFERENCES jobs ON DELETE CASCADE,
    PRIMARY KEY (client, tag, created_at, id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX job_tags_by_job ON job_tags (id);

  CREATE TABLE webhook_secrets (client TEXT PRIMARY KEY, secret TEXT NOT NULL) STRICT;

  CREATE VIEW requests AS
  SELECT
    id AS request_id,
    document ->> '$.image_name' AS image_name,
    document ->> '$.prediction' AS prediction,
    document ->> '$.confidence' AS confidence,
    created_at AS timestamp,
    document ->> '$.processing_time' AS processing_time,
    document ->> '$.user_ip' AS user_ip
  FROM jobs;
  `,
]

/**
 * Jobs in one SQLite file, shared by the processes of one machine. `stored_prediction` has a column of
 * its own, so that lists need not read it; all else of a record is in `document`. The other columns
 * repeat what queries look for.
 */
export function createSqliteJobStore(options: SqliteOptions): JobStore {
  const { file, patienceMs = 5000 } = options
  const database = explained(file, () => openDatabase(options))
  const writer = createSqliteWriter(database, { patienceMs })
  const statements = prepareStatements(database)
  const lists = new Map<string, StatementSync>()

  return {
    async create(record) {
      return translated(writer.write(() => insert(record)))
    },

    async get(id) {
      return translated(writer.read(() => find(id)))
    },

    async finish(id, outcome, running) {
      const finishing = writer.write(() => {
        const stored = find(id)
        if (!stored || stored.done) return stored && { record: stored, accepted: false }
        const record = finishStoredJob(stored, outcome, running)
        replace(record)
        return { record, accepted: true }
      })
      return translated(finishing)
    },

    async list(query) {
      const { sql, values } = toSelect(query)
      return translated(
        writer.read(() =>
          prepareList(sql)
            .all(...values)
            .map(toListed),
        ),
      )
    },

    async listUnfinished({ createdBefore, after, limit }) {
      const { createdAt, id } = after ?? { createdAt: '', id: '' }
      const values = [createdBefore.toISOString(), createdAt, id, limit]
      return translated(writer.read(() => statements.unfinished.all(...values).map(toListed)))
    },

    async listExpired({ now, limit }) {
      return translated(writer.read(() => statements.expired.all(now.toISOString(), limit).map(toListed)))
    },

    async recordDelivery(id, delivery) {
      const noting = writer.write(() => {
        const stored = find(id)
        const noted = stored && noteDelivery(stored, delivery)
        if (noted) replace(noted)
      })
      await translated(noting)
    },

    async delete(id) {
      await translated(writer.write(() => statements.delete.run(id)))
    },

    async webhookSecret(client, makeSecret) {
      const kept = await translated(writer.read(() => findSecret(client)))
      if (kept !== undefined) return kept
      const keeping = writer.write(() => {
        statements.insertSecret.run(client, makeSecret())
        return findSecret(client) as string
      })
      return translated(keeping)
    },

    // A real write: with a full disk, or a file that became read-only, all reads still succeed.
    async check() {
      await translated(writer.write(() => database.exec(`PRAGMA user_version = ${MIGRATIONS.length}`)))
    },

    async close() {
      if (!database.isOpen) return
      await writer.write(() => {}).catch(() => {})
      if (database.isOpen) database.close()
    },
  }

  function insert(record: JobRecord): boolean {
    const { id, client, created_at, status, done, model, expires_at, tags } = record
    const columns = [id, client, created_at, status, Number(done), model.name, expires_at]
    const { changes } = statements.insert.run(...columns, ...toDocument(record))
    if (changes === 0) return false
    for (const tag of new Set(tags)) statements.insertTag.run(client, tag, created_at, id)
    return true
  }

  function replace(record: JobRecord): void {
    statements.replace.run(record.status, Number(record.done), ...toDocument(record), record.id)
  }

  function find(id: string): JobRecord | undefined {
    const row = statements.find.get(id)
    return row && toRecord(row)
  }

  function findSecret(client: string): string | undefined {
    return statements.findSecret.get(client)?.secret as string | undefined
  }

  function prepareList(sql: string): StatementSync {
    const statement = lists.get(sql) ?? database.prepare(sql)
    lists.set(sql, statement)
    return statement
  }

  async function translated<T>(work: Promise<T>): Promise<T> {
    try {
      return await work
    } catch (error) {
      throw translate(file, error)
    }
  }
}

function openDatabase({ file, synchronous }: SqliteOptions): DatabaseSync {
  mkdirSync(dirname(file), { recursive: true })
  // At the start alone it may block: another process may be bringing the same file up to date.
  const database = new DatabaseSync(file, { timeout: 5000 })
  database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = ${synchronous}`)
  migrate(database, file)
  database.exec('PRAGMA busy_timeout = 0')
  return database
}

function migrate(database: DatabaseSync, file: string): void {
  if (versionOf(database) === MIGRATIONS.length) return
  database.exec('BEGIN IMMEDIATE')
  const version = versionOf(database)
  if (version > MIGRATIONS.length) {
    database.close()
    const detail = `${file} was written by a newer Lupa (version ${version}, this one knows ${MIGRATIONS.length}). Update Lupa, or set DATA_DIR to another folder.`
    throw new LupaError('store_unavailable', detail)
  }
  for (const step of MIGRATIONS.slice(version)) database.exec(step)
  database.exec(`PRAGMA user_version = ${MIGRATIONS.length}; COMMIT`)
}

function versionOf(database: DatabaseSync): number {
  return Number(database.prepare('PRAGMA user_version').get()?.user_version)
}

function prepareStatements(database: DatabaseSync) {
  return {
    insert: database.prepare(
      'INSERT INTO jobs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING',
    ),
    insertTag: database.prepare('INSERT INTO job_tags VALUES (?, ?, ?, ?)'),
    replace: database.prepare(
      'UPDATE jobs SET status = ?, done = ?, document = ?, stored_prediction = ? WHERE id = ?',
    ),
    find: database.prepare('SELECT document, stored_prediction FROM jobs WHERE id = ?'),
    delete: database.prepare('DELETE FROM jobs WHERE id = ?'),
    unfinished: database.prepare(
      'SELECT document FROM jobs WHERE done = 0 AND created_at < ? AND (created_at, id) > (?, ?) ORDER BY created_at, id LIMIT ?',
    ),
    expired: database.prepare('SELECT document FROM jobs WHERE expires_at <= ? ORDER BY expires_at LIMIT ?'),
    insertSecret: database.prepare(
      'INSERT INTO webhook_secrets VALUES (?, ?) ON CONFLICT (client) DO NOTHING',
    ),
    findSecret: database.prepare('SELECT secret FROM webhook_secrets WHERE client = ?'),
  }
}

function toSelect(query: JobQuery): { sql: string; values: SQLInputValue[] } {
  const { client, before, status, model, tag, createdAfter, createdBefore, limit } = query
  // A tag leads to its jobs, not the jobs to their tags: few may have it. SQLite takes a cross join as it stands.
  const [from, table] =
    tag === undefined ? ['jobs', 'jobs'] : ['job_tags CROSS JOIN jobs USING (id)', 'job_tags']
  const conditions: [string, ...SQLInputValue[]][] = [[`${table}.client = ?`, client]]
  if (tag !== undefined) conditions.push(['tag = ?', tag])
  if (before) conditions.push([`(${table}.created_at, ${table}.id) < (?, ?)`, before.createdAt, before.id])
  if (status) conditions.push(['status = ?', status])
  if (model) conditions.push(['model = ?', model])
  if (createdAfter) conditions.push([`${table}.created_at > ?`, createdAfter])
  if (createdBefore) conditions.push([`${table}.created_at < ?`, createdBefore])
  const where = conditions.map(([condition]) => condition).join(' AND ')
  return {
    sql: `SELECT document FROM ${from} WHERE ${where} ORDER BY ${table}.created_at DESC, ${table}.id DESC LIMIT ?`,
    values: [...conditions.flatMap(([, ...values]) => values), limit],
  }
}

type Row = Record<string, SQLOutputValue>

function toDocument({ stored_prediction, ...document }: JobRecord): [string, string | null] {
  return [JSON.stringify(document), stored_prediction && JSON.stringify(stored_prediction)]
}

function toRecord({ document, stored_prediction }: Row): JobRecord {
  return {
    ...JSON.parse(String(document)),
    stored_prediction: JSON.parse(String(stored_prediction ?? 'null')),
  }
}

function toListed({ document }: Row): JobRecord {
  return { ...JSON.parse(String(document)), stored_prediction: null }
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
