import { execFile } from 'node:child_process'
import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { LauncherError } from './launcher-error.ts'
import { unpackRedis } from './unpack-redis.ts'

const run = promisify(execFile)

/** How this machine can run a Redis of ours. */
export type RedisServer = { kind: 'binary'; command: string } | { kind: 'docker'; image: string }

const REDIS_IMAGE = 'redis:8'
/** RESP3, which the clients speak, came with 6.0. */
const OLDEST_MAJOR = 6
/** Where servers are installed without being on everybody's PATH. */
const EXTRA_DIRECTORIES = ['/usr/sbin', '/usr/local/bin', '/usr/local/sbin', '/opt/homebrew/bin']

export interface FindRedisOptions {
  /** Where a fetched Redis is kept: nothing outside it is written. */
  toolsDirectory: string
  say: (text: string) => void
  stopping: AbortSignal
  /** `LUPA_REDIS_SERVER`: `unpack`, `docker` or a command; without it the first that works. */
  choice?: string | undefined
}

/**
 * Finds a Redis to run: an installed one, else on Debian and Ubuntu the package unpacked into the
 * tools folder, else Docker's. Throws a LauncherError with the command to type when there is none.
 */
export async function findRedisServer({ choice, ...options }: FindRedisOptions): Promise<RedisServer> {
  if (choice === 'unpack') return unpacked(options)
  if (choice === 'docker') return { kind: 'docker', image: REDIS_IMAGE }
  if (choice) return chosen(choice)

  const installed = await findInstalled()
  if (installed) return { kind: 'binary', command: installed }
  const failures: string[] = []
  if (await onPath('apt-get')) {
    try {
      return await unpacked(options)
    } catch (error) {
      failures.push(`Unpacking the package failed: ${messageOf(error)}`)
    }
  }
  if (await isDockerRunning()) return { kind: 'docker', image: REDIS_IMAGE }
  throw new LauncherError(howToInstall(failures))
}

async function chosen(command: string): Promise<RedisServer> {
  if (await isUsable(command)) return { kind: 'binary', command }
  throw new LauncherError(
    `LUPA_REDIS_SERVER=${command} cannot be run as a Redis server of version ${OLDEST_MAJOR} or later. ` +
      'Give the path of a redis-server, `unpack`, `docker`, or unset it.',
  )
}

async function findInstalled(): Promise<string | undefined> {
  for (const name of ['redis-server', 'valkey-server']) {
    const command = await onPath(name)
    if (command && (await isUsable(command))) return command
  }
  return undefined
}

async function onPath(name: string): Promise<string | undefined> {
  const directories = (process.env.PATH ?? '').split(delimiter).filter(Boolean)
  for (const directory of [...directories, ...EXTRA_DIRECTORIES]) {
    const command = join(directory, name)
    try {
      await access(command, constants.X_OK)
      return command
    } catch {
      // Not here.
    }
  }
  return undefined
}

/** Redis says `Redis server v=7.0.15 …`, Valkey `Valkey server v=8.1.1 …`. */
async function isUsable(command: string): Promise<boolean> {
  try {
    const { stdout } = await run(command, ['--version'])
    const major = /v=(\d+)\./.exec(stdout)?.[1]
    return major !== undefined && Number(major) >= OLDEST_MAJOR
  } catch {
    return false
  }
}

async function unpacked(options: FindRedisOptions): Promise<RedisServer> {
  const { toolsDirectory } = options
  const command = join(toolsDirectory, 'redis', 'run-redis')
  if (await isUsable(command)) return { kind: 'binary', command }
  await unpackRedis(options)
  if (await isUsable(command)) return { kind: 'binary', command }
  throw new LauncherError(`The redis-server unpacked into ${toolsDirectory} does not run on this machine.`)
}

async function isDockerRunning(): Promise<boolean> {
  try {
    await run('docker', ['info'], { timeout: 10_000 })
    return true
  } catch {
    return false
  }
}

function howToInstall(failures: string[]): string {
  return [
    'Lupa needs Redis 6 or later, and there is none on this machine that it could run.',
    ...failures,
    'Install it with the command of your system, then start again:',
    '  Debian, Ubuntu   sudo apt-get install redis-server',
    '  Fedora, RHEL     sudo dnf install redis',
    '  Alpine           sudo apk add redis',
    '  macOS            brew install redis',
    '  Docker           start the Docker engine; Lupa then runs its image by itself',
    'Or use one you have: REDIS_URL=redis://:password@host:6379 npm start',
  ].join('\n')
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
