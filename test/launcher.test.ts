import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { freePort } from '../packages/core/test/services/redis-server.ts'
import { appEvents, askEmbeddedRedis, isAlive, redisPid, runScript, until } from './launcher/launcher-run.ts'

const BACK_MS = 2_000
const GONE_MS = 5_000

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lupa-launcher-'))
})

afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

describe('a running launcher', () => {
  test('starts a killed app again within 2 s', async () => {
    await using _launcher = await startLauncher()
    const [first = 0] = appEvents(folder, 'started')
    process.kill(first, 'SIGKILL')
    const second = await until('a second app', BACK_MS, () => appEvents(folder, 'started')[1])
    expect(second).not.toBe(first)
  })

  test('starts an app again within 2 s each time it is killed', async () => {
    await using _launcher = await startLauncher()
    for (let lives = 1; lives <= 4; lives++) {
      const pid = appEvents(folder, 'started').at(-1) ?? 0
      process.kill(pid, 'SIGKILL')
      const next = await until(`life ${lives + 1}`, BACK_MS, () => appEvents(folder, 'started')[lives])
      expect(next).not.toBe(pid)
    }
  })

  test('starts a killed Redis again within 2 s, with its data, port and password', async () => {
    await using _launcher = await startLauncher()
    await askEmbeddedRedis(folder, 'SET kept here')
    const first = (await redisPid(folder)) ?? 0
    process.kill(first, 'SIGKILL')
    const value = await until('its data', BACK_MS, async () => {
      const answer = await askEmbeddedRedis(folder, 'GET kept')
      return answer?.includes('here')
    })
    expect(value).toBe(true)
    expect(await redisPid(folder)).not.toBe(first)
  })

  test('keeps the password of its Redis in files of its user alone, and out of every log', async () => {
    await using launcher = await startLauncher()
    const config = join(folder, 'redis', 'redis.conf')
    const password = /requirepass (\S+)/.exec(readFileSync(config, 'utf8'))?.[1] ?? ''
    expect(password).toHaveLength(43)
    expect(statSync(config).mode & 0o777).toBe(0o600)
    expect(statSync(join(folder, 'redis', 'address.json')).mode & 0o777).toBe(0o600)
    expect(await askEmbeddedRedis(folder, 'CONFIG GET appendonly')).toContain('yes')
    expect(await askEmbeddedRedis(folder, 'CONFIG GET maxmemory-policy')).toContain('noeviction')
    expect(launcher.output()).not.toContain(password)
    expect(readFileSync(join(folder, 'redis', 'redis.log'), 'utf8')).not.toContain(password)
  })
})

describe('ending', () => {
  test('SIGTERM lets the app finish its work while Redis is still there, and exits with 0', async () => {
    await using launcher = await startLauncher({ drainMs: 500 })
    const pids = await allPids()
    launcher.process.kill('SIGTERM')
    await until('the app to be told', GONE_MS, () => appEvents(folder, 'stopping').length)
    expect(await askEmbeddedRedis(folder, 'PING')).toContain('+PONG')
    expect(await launcher.ended).toEqual({ code: 0, signal: null })
    expect(appEvents(folder, 'drained')).toHaveLength(1)
    expect(pids.filter(isAlive)).toEqual([])
  })

  test('the echo of a Ctrl-C that npm passes on does not cut the work short', async () => {
    await using launcher = await startLauncher({ drainMs: 500 })
    launcher.process.kill('SIGINT')
    await sleep(50)
    launcher.process.kill('SIGINT')
    expect(await launcher.ended).toEqual({ code: 0, signal: null })
    expect(appEvents(folder, 'drained')).toHaveLength(1)
  })

  test('a second signal ends everything at once', async () => {
    await using launcher = await startLauncher({ drainMs: 60_000 })
    const pids = await allPids()
    launcher.process.kill('SIGTERM')
    await sleep(1_200)
    launcher.process.kill('SIGTERM')
    await launcher.ended
    expect(appEvents(folder, 'drained')).toEqual([])
    expect(pids.filter(isAlive)).toEqual([])
  })

  test('a launcher that is killed leaves no process behind', async () => {
    await using launcher = await startLauncher({ drainMs: 60_000 })
    const pids = await allPids()
    launcher.process.kill('SIGKILL')
    await until('all to be gone', GONE_MS, () => pids.filter(isAlive).length === 0)
    expect(appEvents(folder, 'stopping')).toHaveLength(1)
  })

  test('an app that refuses its settings is not started again', async () => {
    await using launcher = launcherOf({ env: { STAND_IN_EXIT_CODE: '78' } })
    expect((await launcher.ended).code).toBe(1)
    expect(launcher.output()).toContain('app refuses its settings')
  })

  test('an app that never comes up is given up after some tries', async () => {
    await using launcher = launcherOf({ env: { STAND_IN_EXIT_CODE: '3' } })
    expect((await launcher.ended).code).toBe(1)
    expect(launcher.output()).toContain('app ended with exit code 3 5 times in a row')
  })
})

describe('a second start', () => {
  test('beside a running one names it, and how to run beside it', async () => {
    await using launcher = await startLauncher()
    await using second = runScript('scripts/start.ts', [], { DATA_DIR: folder, PORT: `${await freePort()}` })
    expect((await second.ended).code).toBe(1)
    expect(second.output()).toContain(`as process ${launcher.process.pid}, at http://localhost:5000`)
    expect(second.output()).toMatch(/DATA_DIR=\S+ PORT=\S+ npm start/)
    expect(second.output()).not.toContain('    at ')
  })

  test('right after a killed one takes its data over', async () => {
    {
      await using killed = await startLauncher()
      await askEmbeddedRedis(folder, 'SET kept here')
      killed.process.kill('SIGKILL')
      await killed.ended
    }
    await using _next = await startLauncher()
    expect(await askEmbeddedRedis(folder, 'GET kept')).toContain('here')
  })

  test('on a port that another program uses names the port and a way out', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as { port: number }
    await using launcher = runScript('scripts/start.ts', [], { DATA_DIR: folder, PORT: `${port}` })
    expect((await launcher.ended).code).toBe(1)
    expect(launcher.output()).toContain(`Port ${port} on 127.0.0.1 (PORT) is used by another program`)
    expect(launcher.output()).toContain(`PORT=${port + 1} npm start`)
    other.close()
    await once(other, 'close')
  })

  test('with a worker on such a port names that, and starts nothing', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as { port: number }
    await using launcher = runScript('scripts/start.ts', [], {
      DATA_DIR: folder,
      PORT: `${await freePort()}`,
      WORKERS: '2',
      WORKER_PORT: `${port - 1}`,
    })
    expect((await launcher.ended).code).toBe(1)
    expect(launcher.output()).toContain(`Port ${port} on 127.0.0.1 (WORKER_PORT) is used by another program`)
    expect(launcher.output()).toContain(`WORKER_PORT=${port + 1} npm start`)
    expect(existsSync(join(folder, 'redis'))).toBe(false)
    other.close()
    await once(other, 'close')
  })

  test('with the gateway among the ports of the workers says so', async () => {
    const env = { DATA_DIR: folder, PORT: '9466', WORKERS: '3', WORKER_PORT: '9465' }
    await using launcher = runScript('scripts/start.ts', [], env)
    expect((await launcher.ended).code).toBe(1)
    expect(launcher.output()).toContain('PORT=9466 is among the ports of the workers, 9465 to 9467.')
  })

  test('with a wrong setting names it', async () => {
    await using launcher = runScript('scripts/start.ts', [], { DATA_DIR: folder, WORKERS: 'many' })
    expect((await launcher.ended).code).toBe(1)
    expect(launcher.output()).toContain('WORKERS="many"')
  })

  test('with a Redis that cannot be run says what to give instead', async () => {
    const env = { DATA_DIR: folder, PORT: `${await freePort()}`, LUPA_REDIS_SERVER: '/nowhere/redis-server' }
    await using launcher = runScript('scripts/start.ts', [], env)
    expect((await launcher.ended).code).toBe(1)
    expect(launcher.output()).toContain('LUPA_REDIS_SERVER=/nowhere/redis-server cannot be run')
  })
})

function launcherOf({ drainMs = 0, env = {} }: { drainMs?: number; env?: NodeJS.ProcessEnv } = {}) {
  return runScript('test/launcher/stand-in-launcher.ts', [folder, `${drainMs}`], env)
}

async function startLauncher(options: { drainMs?: number } = {}) {
  const lives = appEvents(folder, 'started').length
  const launcher = launcherOf(options)
  await until('the launcher to be ready', 20_000, () => launcher.output().includes('ready\n'))
  await until('the app to be started', 20_000, () => appEvents(folder, 'started').length > lives)
  return launcher
}

async function allPids(): Promise<number[]> {
  return [...appEvents(folder, 'started'), (await redisPid(folder)) ?? 0]
}

describe('arguments', () => {
  test('--help names the settings and starts nothing', async () => {
    await using launcher = runScript('scripts/start.ts', ['--help'], { DATA_DIR: join(folder, 'none') })
    expect((await launcher.ended).code).toBe(0)
    expect(launcher.output()).toMatch(/PORT \(\d+\)\n +\w/)
    expect(existsSync(join(folder, 'none'))).toBe(false)
  })

  test('any other is refused by name', async () => {
    await using launcher = runScript('scripts/start.ts', ['--port=80'], { DATA_DIR: join(folder, 'none') })
    expect((await launcher.ended).code).toBe(1)
    expect(launcher.output()).toContain('knows no argument "--port=80"')
    expect(existsSync(join(folder, 'none'))).toBe(false)
  })
})
