import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { startRedisServer } from '../../../packages/core/test/services/redis-server.ts'

test('a port that is taken ends the worker with 1, and with its name, its setting and what to do', async () => {
  await using redis = await startRedisServer()
  await using stack = new AsyncDisposableStack()
  const directory = mkdtempSync(join(tmpdir(), 'lupa-test-worker-'))
  stack.defer(() => rmSync(directory, { recursive: true }))
  const other = createServer().listen(0, '127.0.0.1')
  stack.defer(() => void other.close())
  await once(other, 'listening')
  const { port } = other.address() as AddressInfo

  const worker = spawn(process.execPath, [join(import.meta.dirname, '../src/main.ts')], {
    env: {
      PATH: process.env.PATH,
      REDIS_URL: redis.url,
      DATA_DIR: directory,
      MODELS_DIR: directory,
      WORKER_ROLE: 'housekeeping',
      WORKER_PORT: `${port}`,
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  stack.defer(() => void worker.kill('SIGKILL'))
  const said = text(worker.stderr)
  expect(await once(worker, 'exit')).toEqual([1, null])
  expect(await said).toBe(
    `Port ${port} on 127.0.0.1 (WORKER_PORT) is used by another program. Free it, or take another port: WORKER_PORT=${port + 1}\n`,
  )
})
