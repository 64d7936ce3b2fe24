import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freePort, startRedisServer, type TestRedis } from '../../packages/core/test/services/redis-server.ts'

const ROOT = resolve(import.meta.dirname, '../..')
/** Tells of each module that a process loads of OpenTelemetry, but for its small API, which Prometheus' client loads anyway. */
const TELL = `data:text/javascript,${encodeURIComponent(`
  import { registerHooks } from 'node:module'
  registerHooks({
    load(url, context, next) {
      if (/@opentelemetry\\/(?!api\\/)|monitor-opentelemetry/.test(url)) process.stderr.write('loaded ' + url + '\\n')
      return next(url, context)
    },
  })`)}`

let redis: TestRedis
let directory: string

beforeAll(async () => {
  redis = await startRedisServer()
  directory = mkdtempSync(join(tmpdir(), 'lupa-test-telemetry-'))
})
afterAll(async () => {
  rmSync(directory, { recursive: true })
  await redis[Symbol.asyncDispose]()
})

async function loadedBy(app: string, env: NodeJS.ProcessEnv): Promise<string> {
  const port = String(await freePort())
  const child = spawn(process.execPath, ['--import', TELL, join(ROOT, `apps/${app}/src/main.ts`)], {
    env: {
      PATH: process.env.PATH,
      REDIS_URL: redis.url,
      DATA_DIR: directory,
      MODELS_DIR: join(ROOT, 'models'),
      PORT: port,
      WORKER_PORT: port,
      WORKER_SLOTS: '1',
      ...env,
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const [words, ended] = [text(child.stderr), once(child, 'exit')]
  try {
    const isReady = async () =>
      (await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined))?.status
    await expect.poll(isReady, { timeout: 60_000 }).toBe(200)
  } finally {
    child.kill('SIGTERM')
  }
  expect(await ended).toEqual([0, null])
  return words
}

test.each(['gateway', 'worker'])(
  'a %s that has nobody to tell loads nothing for it',
  { timeout: 120_000 },
  async (app) => {
    expect(await loadedBy(app, {})).toBe('')
    expect(
      await loadedBy(app, { OTEL_SDK_DISABLED: 'true', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' }),
    ).toBe('')
  },
)

test('one that has loads it', { timeout: 120_000 }, async () => {
  const loaded = await loadedBy('gateway', { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' })
  expect(loaded).toMatch(/loaded .*@opentelemetry/)
  expect(loaded).not.toContain('monitor-opentelemetry')
})
