import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A real redis-server of a test's own: on a free port, in a folder that goes with it. */
export interface TestRedis extends AsyncDisposable {
  url: string
  process: ChildProcess
}

/** The redis-server to run: `npm test` names one in `LUPA_REDIS_SERVER` when it had to fetch it. */
export async function startRedisServer(...options: string[]): Promise<TestRedis> {
  const port = await freePort()
  const directory = mkdtempSync(join(tmpdir(), 'lupa-test-redis-'))
  const command = process.env.LUPA_REDIS_SERVER ?? 'redis-server'
  const args = [
    '--port',
    `${port}`,
    '--bind',
    '127.0.0.1',
    '--dir',
    directory,
    '--save',
    '',
    '--appendonly',
    'no',
  ]
  const server = spawn(command, [...args, ...options], { stdio: ['ignore', 'pipe', 'inherit'] })
  await untilReady(server)
  return {
    url: `redis://127.0.0.1:${port}`,
    process: server,
    async [Symbol.asyncDispose]() {
      if (server.exitCode === null && server.signalCode === null) {
        server.kill('SIGKILL')
        await once(server, 'exit')
      }
      if (existsSync(directory)) rmSync(directory, { recursive: true })
    },
  }
}

async function untilReady(server: ChildProcess): Promise<void> {
  server.once('error', () => {})
  for await (const chunk of server.stdout ?? []) {
    if (String(chunk).includes('Ready to accept connections')) {
      server.stdout?.resume()
      return
    }
  }
  throw new Error(
    'redis-server ended before it was ready. Is it installed? `npm test` fetches one where it is not.',
  )
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (typeof address !== 'object' || !address) throw new Error('no port was given')
  return address.port
}
