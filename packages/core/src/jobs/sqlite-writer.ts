import type { DatabaseSync } from 'node:sqlite'

/**
 * Reads and writes a SQLite file that several processes share, without blocking the event loop for long.
 *
 * All writes of one turn of the event loop share a transaction. SQLite itself would wait for the lock
 * of another process in a blocking call; here a timer waits, up to `patienceMs`.
 */
export interface SqliteWriter {
  /** Resolves to what `change` returned, once it is committed. A change that throws is undone alone. */
  write<T>(change: () => T): Promise<T>
  /** Reads at once. Only while another process repairs or switches the file is there a wait. */
  read<T>(query: () => T): Promise<T>
}

interface PendingWrite {
  change: () => unknown
  resolve: (value: never) => void
  reject: (error: unknown) => void
  givenUpAtMs: number
}

/** A transaction ends after this long: what waits then comes into the next. */
const GROUP_MS = 10
const LONGEST_PAUSE_MS = 15

export function createSqliteWriter(database: DatabaseSync, options: { patienceMs: number }): SqliteWriter {
  const pending: PendingWrite[] = []
  let isScheduled = false

  return {
    write(change) {
      return new Promise((resolve, reject) => {
        pending.push({ change, resolve, reject, givenUpAtMs: performance.now() + options.patienceMs })
        if (!isScheduled) setImmediate(commitGroup)
        isScheduled = true
      })
    },

    async read(query) {
      const givenUpAtMs = performance.now() + options.patienceMs
      for (;;) {
        try {
          return query()
        } catch (error) {
          if (!isBusy(error) || performance.now() > givenUpAtMs) throw error
        }
        await new Promise((resolve) => setTimeout(resolve, aPauseMs()))
      }
    },
  }

  function commitGroup(): void {
    const error = tryBegin()
    if (!error) settleGroup()
    else rejectPending(error, isBusy(error) ? performance.now() : Number.POSITIVE_INFINITY)

    isScheduled = pending.length > 0
    if (!isScheduled) return
    if (error) setTimeout(commitGroup, aPauseMs())
    else setImmediate(commitGroup)
  }

  function tryBegin(): unknown {
    try {
      database.exec('BEGIN IMMEDIATE')
      return undefined
    } catch (error) {
      return error
    }
  }

  function settleGroup(): void {
    const group: PendingWrite[] = []
    const settles: (() => void)[] = []
    const endsAtMs = performance.now() + GROUP_MS
    try {
      for (
        let next = pending.shift();
        next;
        next = performance.now() < endsAtMs ? pending.shift() : undefined
      ) {
        group.push(next)
        settles.push(apply(next))
      }
      database.exec('COMMIT')
    } catch (error) {
      rollBack()
      for (const { reject } of group) reject(error)
      return
    }
    for (const settle of settles) settle()
  }

  function apply({ change, resolve, reject }: PendingWrite): () => void {
    database.exec('SAVEPOINT change')
    try {
      const value = change()
      database.exec('RELEASE change')
      return () => resolve(value as never)
    } catch (error) {
      // Some errors, a full disk among them, end the whole transaction: https://sqlite.org/lang_transaction.html
      if (!database.isTransaction) throw error
      database.exec('ROLLBACK TO change; RELEASE change')
      return () => reject(error)
    }
  }

  function rollBack(): void {
    try {
      if (database.isTransaction) database.exec('ROLLBACK')
    } catch {
      // The error that led here is the one to tell.
    }
  }

  /** Rejects the writes whose time is up at `nowMs`. */
  function rejectPending(error: unknown, nowMs: number): void {
    const patient = pending.filter(({ givenUpAtMs }) => givenUpAtMs > nowMs)
    const impatient = pending.filter(({ givenUpAtMs }) => givenUpAtMs <= nowMs)
    pending.splice(0, pending.length, ...patient)
    for (const { reject } of impatient) reject(error)
  }
}

/** Random, so that processes that wait for one lock do not come back together. */
function aPauseMs(): number {
  return 1 + Math.random() * LONGEST_PAUSE_MS
}

function isBusy(error: unknown): boolean {
  return sqliteCode(error) === SQLITE.BUSY
}

/** Primary result codes: https://sqlite.org/rescode.html */
export const SQLITE = {
  BUSY: 5,
  READONLY: 8,
  IOERR: 10,
  CORRUPT: 11,
  FULL: 13,
  CANTOPEN: 14,
  NOTADB: 26,
} as const

/** The primary result code of an error of SQLite; undefined for any other error. */
export function sqliteCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error)) return undefined
  // The low byte: the rest says more about it, https://sqlite.org/rescode.html#pve
  return Number(error.errcode) & 0xff
}
