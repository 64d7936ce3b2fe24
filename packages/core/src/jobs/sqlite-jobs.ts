import type { SQLInputValue, SQLOutputValue, StatementSync } from 'node:sqlite'
import type { JobRecord } from '../domain/job.ts'
import type { JobQuery, JobStore } from './job-store.ts'
import type { SqliteDatabase } from './sqlite-database.ts'
import { finishStoredJob, noteDelivery } from './stored-job.ts'

/**
 * Jobs in SQLite. `stored_prediction` has a column of its own, so that lists need not read it; all else
 * of a record is in `document`. The other columns repeat what queries look for.
 */
export function createSqliteJobs(database: SqliteDatabase): Omit<JobStore, 'check' | 'close'> {
  const statements = prepareStatements(database)
  const lists = new Map<string, StatementSync>()

  return {
    create(record) {
      return database.write(() => insert(record))
    },

    get(id) {
      return database.read(() => find(id))
    },

    finish(id, outcome, running) {
      return database.write(() => {
        const stored = find(id)
        if (!stored || stored.done) return stored && { record: stored, accepted: false }
        const record = finishStoredJob(stored, outcome, running)
        replace(record)
        return { record, accepted: true }
      })
    },

    list(query) {
      const { sql, values } = toSelect(query)
      return database.read(() =>
        prepareList(sql)
          .all(...values)
          .map(toListed),
      )
    },

    listUnfinished({ createdBefore, after, limit }) {
      const { createdAt, id } = after ?? { createdAt: '', id: '' }
      const values = [createdBefore.toISOString(), createdAt, id, limit]
      return database.read(() => statements.unfinished.all(...values).map(toListed))
    },

    listPastDeadline({ now, limit }) {
      return database.read(() => statements.pastDeadline.all(now.toISOString(), limit).map(toListed))
    },

    listDead({ before, limit }) {
      const { createdAt, id } = before ?? { createdAt: LAST, id: LAST }
      return database.read(() => statements.dead.all(createdAt, id, limit).map(toListed))
    },

    listSucceeded({ model, limit }) {
      return database.read(() =>
        clients()
          .flatMap((client) => statements.succeeded.all(client, model, limit).map(toListed))
          .toSorted((a, b) => Number(a.created_at < b.created_at) - Number(a.created_at > b.created_at))
          .slice(0, limit),
      )
    },

    dismissDead(id) {
      return database.write(() => {
        const stored = find(id)
        if (!stored?.dead) return false
        replace({ ...stored, dead: false })
        return true
      })
    },

    listExpired({ now, limit }) {
      return database.read(() => statements.expired.all(now.toISOString(), limit).map(toListed))
    },

    recordDelivery(id, delivery) {
      return database.write(() => {
        const stored = find(id)
        const noted = stored && noteDelivery(stored, delivery)
        if (noted) replace(noted)
      })
    },

    async delete(id) {
      await database.write(() => {
        statements.deleteDeliveries.run(id)
        statements.delete.run(id)
      })
    },
  }

  function insert(record: JobRecord): boolean {
    const { id, client, created_at, status, done, model, expires_at, deadline_at, dead, batch, tags } = record
    const columns = [id, client, created_at, status, Number(done), model.name, expires_at]
    const looked = [deadline_at, Number(dead), batch]
    const { changes } = statements.insert.run(...columns, ...looked, ...toDocument(record))
    if (changes === 0) return false
    for (const tag of new Set(tags)) statements.insertTag.run(client, tag, created_at, id)
    return true
  }

  function replace(record: JobRecord): void {
    const { id, status, done, dead, expires_at } = record
    statements.replace.run(status, Number(done), Number(dead), expires_at, ...toDocument(record), id)
  }

  function find(id: string): JobRecord | undefined {
    const row = statements.find.get(id)
    return row && toRecord(row)
  }

  /** From one to the next: an index leads there, and every index begins with the client. */
  function clients(): string[] {
    const found: string[] = []
    for (;;) {
      const next = statements.nextClient.get(found.at(-1) ?? '')?.client
      if (typeof next !== 'string') return found
      found.push(next)
    }
  }

  function prepareList(sql: string): StatementSync {
    const statement = lists.get(sql) ?? database.prepare(sql)
    lists.set(sql, statement)
    return statement
  }
}

/** Sorts behind every time and every id. */
const LAST = '~'

function prepareStatements(database: SqliteDatabase) {
  return {
    insert: database.prepare(
      `INSERT INTO jobs (id, client, created_at, status, done, model, expires_at, deadline_at, dead, batch, document, stored_prediction)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
    ),
    insertTag: database.prepare('INSERT INTO job_tags VALUES (?, ?, ?, ?)'),
    replace: database.prepare(
      'UPDATE jobs SET status = ?, done = ?, dead = ?, expires_at = ?, document = ?, stored_prediction = ? WHERE id = ?',
    ),
    find: database.prepare('SELECT document, stored_prediction FROM jobs WHERE id = ?'),
    delete: database.prepare('DELETE FROM jobs WHERE id = ?'),
    deleteDeliveries: database.prepare('DELETE FROM deliveries WHERE job_id = ?'),
    unfinished: database.prepare(
      'SELECT document FROM jobs WHERE done = 0 AND created_at < ? AND (created_at, id) > (?, ?) ORDER BY created_at, id LIMIT ?',
    ),
    pastDeadline: database.prepare(
      'SELECT document FROM jobs WHERE done = 0 AND deadline_at <= ? ORDER BY deadline_at, id LIMIT ?',
    ),
    dead: database.prepare(
      'SELECT document FROM jobs WHERE dead = 1 AND (created_at, id) < (?, ?) ORDER BY created_at DESC, id DESC LIMIT ?',
    ),
    nextClient: database.prepare('SELECT min(client) AS client FROM jobs WHERE client > ?'),
    succeeded: database.prepare(
      `SELECT document FROM jobs WHERE client = ? AND model = ? AND status = 'succeeded'
       ORDER BY created_at DESC, id DESC LIMIT ?`,
    ),
    expired: database.prepare('SELECT document FROM jobs WHERE expires_at <= ? ORDER BY expires_at LIMIT ?'),
  }
}

function toSelect(query: JobQuery): { sql: string; values: SQLInputValue[] } {
  const { client, before, status, model, tag, batch, createdAfter, createdBefore, limit } = query
  // A tag leads to its jobs, not the jobs to their tags: few may have it. SQLite takes a cross join as it stands.
  const [from, table] =
    tag === undefined ? ['jobs', 'jobs'] : ['job_tags CROSS JOIN jobs USING (id)', 'job_tags']
  const conditions: [string, ...SQLInputValue[]][] = [[`${table}.client = ?`, client]]
  if (tag !== undefined) conditions.push(['tag = ?', tag])
  if (before) conditions.push([`(${table}.created_at, ${table}.id) < (?, ?)`, before.createdAt, before.id])
  if (status) conditions.push(['status = ?', status])
  if (model) conditions.push(['model = ?', model])
  if (batch !== undefined) conditions.push(['batch = ?', batch])
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
