import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { freePort, tryListen } from './ports.ts'
import type { RedisServer } from './redis-binary.ts'
import { askRedis, type RedisAddress } from './redis-talk.ts'
import type { ChildSpec } from './supervised-child.ts'

const run = promisify(execFile)
const CONTAINER_PORT = 6379
const GUARD = join(import.meta.dirname, 'guarded-exec.ts')
/** How long a Redis left behind by a killed launcher may take to leave. */
const LEFTOVER_MS = 5_000

export interface EmbeddedRedis {
  url: string
  children: [ChildSpec]
}

/** How long the path of a socket may be: https://man7.org/linux/man-pages/man7/unix.7.html, and on macOS 103. */
const MAX_SOCKET_PATH_BYTES = 103

/**
 * A Redis of our own: on a free loopback port, and on a socket in its folder, which costs both sides less; with
 * a password that only its 0600 config file and its clients know, and with every write on disk within a second.
 */
export async function prepareEmbeddedRedis(
  server: RedisServer,
  { dataDirectory, notPort }: { dataDirectory: string; notPort: number },
): Promise<EmbeddedRedis> {
  const directory = join(dataDirectory, 'redis')
  await mkdir(directory, { recursive: true, mode: 0o700 })
  await endLeftover(directory)

  const address = { port: await freePort({ notPort }), password: randomBytes(32).toString('base64url') }
  await rm(join(directory, 'redis.log'), { force: true })
  await writeFile(join(directory, 'address.json'), JSON.stringify(address), { mode: 0o600 })
  const kind =
    server.kind === 'binary'
      ? binary(server.command, directory, await socketIn(directory))
      : docker(server.image, directory)
  await writeConfig(directory, kind.config, address)
  return {
    url: `redis://:${address.password}@127.0.0.1:${address.port}${kind.query}`,
    children: [{ name: 'redis', ...kind.spec(address), ready: (stopping) => untilReady(address, stopping) }],
  }
}

interface Kind {
  /** What the URL says beside where the port is, for ioredis. */
  query: string
  /** What this kind needs in its config file beside the rest. */
  config: (address: RedisAddress) => string[]
  spec: (address: RedisAddress) => Pick<ChildSpec, 'command' | 'args' | 'beforeStart'>
}

/** Not every file system has sockets. */
async function socketIn(directory: string): Promise<string | undefined> {
  const path = join(resolve(directory), 'redis.sock')
  if (process.platform === 'win32' || Buffer.byteLength(path) > MAX_SOCKET_PATH_BYTES) return undefined
  await rm(path, { force: true })
  return (await tryListen({ path })) === undefined ? path : undefined
}

function binary(command: string, directory: string, socket: string | undefined): Kind {
  return {
    query: socket ? `/?path=${encodeURIComponent(socket)}` : '',
    config: ({ port }) => [
      'bind 127.0.0.1',
      `port ${port}`,
      `dir ${quoted(directory)}`,
      ...(socket ? [`unixsocket ${quoted(socket)}`, 'unixsocketperm 700'] : []),
    ],
    spec: () => ({ command: process.execPath, args: [GUARD, command, join(directory, 'redis.conf')] }),
  }
}

function docker(image: string, directory: string): Kind {
  return {
    query: '',
    // Inside the container; outside, only the loopback address leads to it.
    config: () => ['bind 0.0.0.0', `port ${CONTAINER_PORT}`, 'dir /data'],
    spec: ({ port }) => {
      const name = `lupa-redis-${port}`
      const user = process.getuid ? ['--user', `${process.getuid()}:${process.getgid?.()}`] : []
      const publish = ['-p', `127.0.0.1:${port}:${CONTAINER_PORT}`, '-v', `${directory}:/data`]
      const container = ['run', '--rm', '--name', name, ...user, ...publish]
      return {
        command: process.execPath,
        args: [GUARD, 'docker', ...container, image, 'redis-server', '/data/redis.conf'],
        // A docker client that was killed leaves its container running.
        async beforeStart() {
          await run('docker', ['rm', '--force', name]).catch(() => {})
        },
      }
    },
  }
}

async function writeConfig(directory: string, config: Kind['config'], address: RedisAddress): Promise<void> {
  const lines = [
    ...config(address),
    `requirepass ${address.password}`,
    'appendonly yes',
    'appendfsync everysec',
    'save ""',
    'maxmemory-policy noeviction',
    'logfile redis.log',
  ]
  const file = join(directory, 'redis.conf')
  await rm(file, { force: true })
  await writeFile(file, `${lines.join('\n')}\n`, { mode: 0o600 })
}

/** In a redis.conf, double quotes take the escapes of a JSON string's. */
const quoted = (path: string) => JSON.stringify(path)

async function untilReady(address: RedisAddress, stopping: AbortSignal): Promise<void> {
  while (!stopping.aborted) {
    if ((await askRedis(address, 'PING'))?.includes('+PONG')) return
    await sleep(20)
  }
}

/** A Redis that outlived its launcher still writes to the files that the next one reads. */
async function endLeftover(directory: string): Promise<void> {
  const address = await readAddress(join(directory, 'address.json'))
  if (!address) return
  const deadline = Date.now() + LEFTOVER_MS
  while ((await askRedis(address, 'PING'))?.includes('+PONG') && Date.now() < deadline) {
    await askRedis(address, 'SHUTDOWN')
    await sleep(50)
  }
}

async function readAddress(file: string): Promise<RedisAddress | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as RedisAddress
  } catch {
    return undefined
  }
}
