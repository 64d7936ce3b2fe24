import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { createSqliteRecordStore } from '@lupa/core/jobs/sqlite-record-store'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { aJobRecord } from '../../../packages/core/test/job-records.ts'
import {
  freePort,
  startRedisServer,
  type TestRedis,
} from '../../../packages/core/test/services/redis-server.ts'

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url))

let redis: TestRedis
let directory: string
const started: ChildProcess[] = []

beforeAll(async () => {
  redis = await startRedisServer()
  directory = mkdtempSync(join(tmpdir(), 'lupa-test-main-'))
})
afterAll(async () => {
  for (const child of started) {
    if (child.exitCode !== null || child.signalCode !== null) continue
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  rmSync(directory, { recursive: true })
  await redis[Symbol.asyncDispose]()
})

function start(env: NodeJS.ProcessEnv) {
  const settings = {
    REDIS_URL: redis.url,
    DATA_DIR: directory,
    MODELS_DIR: directory,
    PATH: process.env.PATH,
  }
  const child = spawn(process.execPath, [MAIN], {
    env: { ...settings, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  started.push(child)
  return { child, stdout: text(child.stdout), stderr: text(child.stderr), ended: once(child, 'exit') }
}

async function startListening() {
  const port = await freePort()
  const main = start({ PORT: String(port) })
  const url = `http://127.0.0.1:${port}`
  await expect
    .poll(async () => (await fetch(`${url}/readyz`).catch(() => undefined))?.status, { timeout: 20_000 })
    .toBe(200)
  return { ...main, url }
}

test('wrong settings end the process with 78, every fault by name, and no stack', async () => {
  const { stderr, ended } = start({ PORT: 'x', LOG_LEVEL: 'loud' })
  expect(await ended).toEqual([78, null])
  expect(await stderr).toMatch(/LOG_LEVEL="loud"[^]*PORT="x"/)
  expect(await stderr).not.toContain('    at ')
})

test('an open address without credentials ends the process with 78 and says what to do', async () => {
  const { stderr, ended } = start({ HOST: '0.0.0.0' })
  expect(await ended).toEqual([78, null])
  expect(await stderr).toBe(
    'HOST=0.0.0.0 can be reached from other machines, so credentials are needed: set API_USERNAME and ' +
      'API_PASSWORD. Or leave HOST out to listen on this machine only.\n',
  )
})

test('a port that is taken ends the process with 1, and with its name, its setting and what to do', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const { port } = other.address() as AddressInfo
  const { stderr, ended } = start({ PORT: String(port) })
  expect(await ended).toEqual([1, null])
  expect(await stderr).toBe(
    `Port ${port} on 127.0.0.1 (PORT) is used by another program. Free it, or take another port: PORT=${port + 1}\n`,
  )
  other.close()
})

test('a host that is none of this machine’s ends the process with 78', async () => {
  const credentials = { API_USERNAME: 'ana', API_PASSWORD: 'a password for a test' }
  const { stderr, ended } = start({ HOST: '203.0.113.7', PORT: '0', ...credentials })
  expect(await ended).toEqual([78, null])
  expect(await stderr).toBe(
    'HOST=203.0.113.7 with PORT=0 cannot be listened on (EADDRNOTAVAIL). Is HOST an address of this machine?\n',
  )
})

test('SIGTERM lets open requests end, then ends the process with 0', async () => {
  const { child, url, ended, stdout } = await startListening()
  const record = aJobRecord({ client: 'local' })
  const jobStore = createSqliteRecordStore({ file: join(directory, 'jobs.sqlite'), synchronous: 'NORMAL' })
  await jobStore.create(record)
  await jobStore.close()

  const polls = Array.from({ length: 5 }, () => fetch(`${url}/v1/jobs/${record.id}?wait=60`))
  // Answered only after the polls before it have been taken in.
  await fetch(`${url}/livez`)
  child.kill('SIGTERM')
  for (const poll of polls) expect((await poll).status).toBe(200)
  expect(await ended).toEqual([0, null])
  const lines = (await stdout)
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(lines.every(({ app, gateway }) => app === 'gateway' && gateway.endsWith(`-${child.pid}`))).toBe(true)
})

test('SIGTERM ends the process with 0 even while Redis is away', async () => {
  await using other = await startRedisServer()
  const port = await freePort()
  const { child, ended } = start({ PORT: String(port), REDIS_URL: other.url })
  await expect
    .poll(async () => (await fetch(`http://127.0.0.1:${port}/livez`).catch(() => undefined))?.status, {
      timeout: 20_000,
    })
    .toBe(200)
  other.process.kill('SIGKILL')
  await once(other.process, 'exit')
  child.kill('SIGTERM')
  expect(await ended).toEqual([0, null])
})
