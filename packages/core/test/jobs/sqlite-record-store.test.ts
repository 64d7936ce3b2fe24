import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { LupaError } from '../../src/domain/errors.ts'
import { newJobId } from '../../src/domain/ids.ts'
import type { JobRecord } from '../../src/domain/job.ts'
import type { RecordStore } from '../../src/jobs/record-store.ts'
import { SQLITE_MIGRATIONS } from '../../src/jobs/sqlite-migrations.ts'
import { createSqliteRecordStore } from '../../src/jobs/sqlite-record-store.ts'
import { describeApiKeyStore } from '../contracts/api-key-store.ts'
import { describeAuditLog } from '../contracts/audit-log.ts'
import { describeBatchStore } from '../contracts/batch-store.ts'
import { describeDeliveryStore } from '../contracts/delivery-store.ts'
import { describeErasureStore } from '../contracts/erasure-store.ts'
import { describeJobStore } from '../contracts/job-store.ts'
import { describeKeyStore } from '../contracts/key-store.ts'
import { describeModelAliasStore } from '../contracts/model-alias-store.ts'
import { aJobRecord, aSuccess } from '../job-records.ts'

const WRITER = new URL('job-writer.ts', import.meta.url).pathname
const CLAIMER = new URL('key-claimer.ts', import.meta.url).pathname

describeJobStore('The SQLite record store', openStore)
describeDeliveryStore('The SQLite record store', openStore)
describeBatchStore('The SQLite record store', openStore)
describeKeyStore('The SQLite record store', openStore)
describeApiKeyStore('The SQLite record store', openStore)
describeAuditLog('The SQLite record store', openStore)
describeErasureStore('The SQLite record store', openStore)
describeModelAliasStore('The SQLite record store', openStore)

describe('The SQLite record store', () => {
  let directory: string
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'lupa-test-jobs-'))
  })
  afterAll(() => rmSync(directory, { recursive: true }))

  const fileOf = (name: string) => join(directory, name, 'jobs.sqlite')

  test('three processes that open a new file at once and write to it all succeed', async () => {
    const file = fileOf('shared')
    const writers = Array.from({ length: 3 }, () => startWriter(file, 200))
    const printed = await Promise.all(writers.map(({ stdout }) => text(stdout as NonNullable<typeof stdout>)))
    const ids = printed.flatMap(linesOf)
    expect(new Set(ids).size).toBe(600)
    await using store = open(file)
    await expectAll(store, ids)
  })

  test('a process killed in the middle of writing loses no job it had accepted', async () => {
    const file = fileOf('killed')
    const accepted: string[] = []
    for (let round = 0; round < 5; round++) {
      const writer = startWriter(file, 1_000_000)
      const printed = text(writer.stdout as NonNullable<typeof writer.stdout>)
      await once(writer.stdout as NonNullable<typeof writer.stdout>, 'data')
      await new Promise((resolve) => setTimeout(resolve, 20 * round))
      writer.kill('SIGKILL')
      accepted.push(...linesOf(await printed).filter((line) => line.length === 36))
    }
    expect(accepted.length).toBeGreaterThan(100)
    await using store = open(file)
    await expectAll(store, accepted)
  })

  // Again when it fails: a machine that is busy otherwise makes gaps as well.
  test('while another process holds the file, writes wait and the event loop runs on', {
    retry: 2,
  }, async () => {
    const file = fileOf(`locked-${newJobId()}`)
    await using store = open(file)
    const other = new DatabaseSync(file)
    other.exec('BEGIN IMMEDIATE')
    const record = aJobRecord()
    const creating = store.create(record)
    const longestGapMs = await longestGapWithin(300)
    expect(await store.get(record.id)).toBeUndefined()
    other.exec('COMMIT')
    other.close()
    expect(await creating).toBe(true)
    expect(longestGapMs).toBeLessThan(50)
  })

  test('a file that stays locked is told as such, and is used again once it is free', async () => {
    const file = fileOf('stuck')
    await using store = open(file, { patienceMs: 100 })
    const other = new DatabaseSync(file)
    other.exec('BEGIN IMMEDIATE')
    await expect(store.create(aJobRecord())).rejects.toMatchObject({
      code: 'store_unavailable',
      retryable: true,
      message: expect.stringMatching(/jobs\.sqlite was locked by another process/),
      cause: expect.any(Error),
    })
    other.exec('ROLLBACK')
    other.close()
    expect(await store.create(aJobRecord())).toBe(true)
  })

  test('a write that fails takes no other write of its transaction with it', async () => {
    await using store = open(fileOf('neighbours'))
    const records = Array.from({ length: 9 }, () => aJobRecord())
    const victim = records[4] as (typeof records)[number]
    await Promise.all(records.map((record) => store.create(record)))
    const ended: JobRecord = { ...victim, status: 'canceled' }
    const answers = await Promise.allSettled(
      records.map((record) =>
        record === victim
          ? store.finish(record.id, aSuccess(record), ended)
          : store.finish(record.id, aSuccess(record)),
      ),
    )
    expect(answers.map(({ status }) => status === 'fulfilled')).toEqual(
      records.map((record) => record !== victim),
    )
    expect(await store.get(victim.id)).toEqual(victim)
    expect((await store.list({ client: 'ana', status: 'succeeded', limit: 50 })).length).toBe(8)
  })

  // A limit on the size of files stands for a full disk: the write fails in the same way.
  test.skipIf(process.platform === 'win32')(
    'a file that cannot grow is told, and keeps what it has',
    async () => {
      const file = fileOf('full')
      const limited = `trap '' XFSZ; ulimit -f 4000; exec "$0" "$@"`
      const writer = spawn('sh', ['-c', limited, process.execPath, WRITER, file, '1000000'])
      const lines = linesOf(await text(writer.stdout))
      expect(lines.at(-1)).toBe('store_unavailable')
      const accepted = lines.filter((line) => line.length === 36)
      expect(accepted.length).toBeGreaterThan(100)
      await using store = open(file)
      await expectAll(store, accepted)
    },
  )

  test('a path that cannot be opened is told with its name', () => {
    const file = fileOf('a-folder')
    mkdirSync(file, { recursive: true })
    expect(() => open(file)).toThrow(LupaError)
    expect(() => open(file)).toThrow(/a-folder\/jobs\.sqlite/)
    const below = join(fileOf('a-file'), 'jobs.sqlite')
    mkdirSync(join(directory, 'a-file'))
    writeFileSync(fileOf('a-file'), '')
    expect(() => open(below)).toThrow(LupaError)
  })

  test('a file that is no database is told and left alone', () => {
    const file = join(directory, 'text.sqlite')
    writeFileSync(
      file,
      'not a database, but longer than the header of one would be; really, it is text.'.repeat(9),
    )
    expect(() => open(file)).toThrow(/is damaged, or is no SQLite file/)
  })

  // Root may write anywhere.
  test.skipIf(process.getuid?.() === 0)('a folder without the right to write says what to do', () => {
    const locked = join(directory, 'no-right')
    mkdirSync(locked, { mode: 0o500 })
    expect(() => open(join(locked, 'jobs.sqlite'))).toThrow(/DATA_DIR/)
    chmodSync(locked, 0o700)
  })

  test('a file of a newer version is refused', async () => {
    const file = fileOf('newer')
    await open(file)[Symbol.asyncDispose]()
    const database = new DatabaseSync(file)
    database.exec('PRAGMA user_version = 99')
    database.close()
    expect(() => open(file)).toThrow(/newer Lupa/)
  })

  test('nothing has to look through a whole table', async () => {
    const file = fileOf('plans')
    await using _store = open(file)
    const database = new DatabaseSync(file, { readOnly: true })
    const prepare = vi.spyOn(DatabaseSync.prototype, 'prepare')
    await using store = open(file)
    const cursor = { createdAt: '2026-11-23T12:00:00.000Z', id: newJobId() }
    for (const filter of [
      {},
      { before: cursor },
      { status: 'failed' },
      { model: 'm' },
      { tag: 't' },
      { batch: 'b' },
    ] as const) {
      await store.list({ client: 'ana', limit: 5, ...filter })
    }
    // The aliases of models are few, and read whole.
    const queries = prepare.mock.calls
      .map(([sql]) => sql)
      .filter((sql) => !sql.startsWith('PRAGMA') && !sql.startsWith('SELECT * FROM model_aliases ORDER BY'))
    expect(queries.length).toBeGreaterThan(30)
    for (const sql of queries) {
      const values = Array.from(sql.matchAll(/\?/g), () => 1)
      const plan = database
        .prepare(`EXPLAIN QUERY PLAN ${sql}`)
        .all(...values)
        .map(({ detail }) => String(detail))
      expect(`${sql}: ${plan.join('; ')}`).not.toMatch(/SCAN|TEMP B-TREE/)
    }
    prepare.mockRestore()
    database.close()
  })

  test('jobs outlive the store, and a closed store says that it is closed', async () => {
    const file = fileOf('reopened')
    const record = aJobRecord()
    const first = createSqliteRecordStore({ file, synchronous: 'FULL' })
    const creating = first.create(record)
    await first.close()
    await first.close()
    expect(await creating).toBe(true)
    await expect(first.get(record.id)).rejects.toMatchObject({ code: 'store_unavailable' })
    await using second = open(file)
    expect(await second.get(record.id)).toEqual(record)
  })

  test('a file of an older version keeps its jobs and secrets', async () => {
    const file = fileOf('older')
    mkdirSync(join(directory, 'older'))
    const old = new DatabaseSync(file)
    old.exec(`${SQLITE_MIGRATIONS[0]}; PRAGMA user_version = 1`)
    const record = aJobRecord()
    const failed = { ...aJobRecord(), status: 'failed', done: true, dead: true } as const
    const insert = old.prepare('INSERT INTO jobs VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL)')
    for (const each of [record, failed]) {
      const { id, client, created_at, status, done, model, expires_at, stored_prediction, ...rest } = each
      const { priority, queue, deadline_at, retry_of, batch, dead, links, ...older } = rest
      const { annotated, events, ...olderLinks } = links
      const document = {
        id,
        client,
        created_at,
        status,
        done,
        model,
        expires_at,
        ...older,
        links: olderLinks,
      }
      insert.run(
        id,
        client,
        created_at,
        status,
        Number(done),
        model.name,
        expires_at,
        JSON.stringify(document),
      )
    }
    old.exec(`INSERT INTO webhook_secrets VALUES ('ana', 'whsec_1')`)
    old.close()
    await using store = open(file)
    expect(await store.get(record.id)).toEqual(record)
    expect(await store.listDead({ limit: 5 })).toEqual([failed])
    expect((await store.webhookSecrets('ana', () => 'whsec_other')).current).toBe('whsec_1')
  })

  test('of three processes that claim one key at once, all learn of the same claim', async () => {
    const file = fileOf('claimed')
    const claimers = Array.from({ length: 3 }, () => startScript(CLAIMER, file, 100))
    const printed = await Promise.all(
      claimers.map(({ stdout }) => text(stdout as NonNullable<typeof stdout>)),
    )
    const [first, ...others] = printed.map(linesOf)
    expect(first).toHaveLength(100)
    for (const other of others) expect(other).toEqual(first)
  }, 60_000)

  test('the view `requests` shows the seven columns', async () => {
    const file = fileOf('view')
    await using store = open(file)
    const record = aJobRecord()
    await store.create(record)
    const finished = await store.finish(record.id, aSuccess(record, 'fechada', 0.5))
    const database = new DatabaseSync(file, { readOnly: true })
    expect({ ...database.prepare('SELECT * FROM requests').get() }).toEqual({
      request_id: record.id,
      image_name: 'garrafa.jpg',
      prediction: 'fechada',
      confidence: 0.5,
      timestamp: record.created_at,
      processing_time: finished?.record.processing_time,
      user_ip: '203.0.113.7',
    })
    database.close()
  })
})

async function openStore() {
  const directory = mkdtempSync(join(tmpdir(), 'lupa-test-jobs-'))
  const store = open(join(directory, 'jobs.sqlite'))
  return {
    store,
    async [Symbol.asyncDispose]() {
      await store.close()
      rmSync(directory, { recursive: true })
    },
  }
}

function open(file: string, { patienceMs = 5000 } = {}): RecordStore & AsyncDisposable {
  const store = createSqliteRecordStore({ file, synchronous: 'NORMAL', patienceMs })
  return { ...store, [Symbol.asyncDispose]: () => store.close() }
}

function startWriter(file: string, count: number): ChildProcess {
  return startScript(WRITER, file, count)
}

function startScript(script: string, file: string, count: number): ChildProcess {
  return spawn(process.execPath, [script, file, `${count}`], { stdio: ['ignore', 'pipe', 'inherit'] })
}

function linesOf(printed: string): string[] {
  return printed.split('\n').filter(Boolean)
}

async function expectAll(store: RecordStore, ids: string[]): Promise<void> {
  const found = await Promise.all(ids.map((id) => store.get(id)))
  expect(found.filter((record) => record === undefined)).toEqual([])
}

async function longestGapWithin(durationMs: number): Promise<number> {
  const endsAtMs = performance.now() + durationMs
  let longestMs = 0
  for (let last = performance.now(); last < endsAtMs; ) {
    await new Promise((resolve) => setImmediate(resolve))
    longestMs = Math.max(longestMs, performance.now() - last)
    last = performance.now()
  }
  return longestMs
}
