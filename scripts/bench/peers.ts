import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { coreCount } from '@lupa/core/runtime/settings'
import { freePort, startRedisServer } from '../../packages/core/test/services/redis-server.ts'
import { descendantsOf } from '../../test/end-to-end/lupa.ts'
import { ROOT } from '../checks/run-check.ts'
import { say } from '../cluster/say.ts'
import { cpuTimeMs } from './cpu-times.ts'
import { startHelper } from './helper.ts'
import { assertAllCount, toRun } from './lupa-side.ts'
import type { LoadRequest, LoadRun } from './processes/load.ts'
import type { Side } from './side.ts'
import type { Rig } from './workload.ts'

const FOLDER = join(import.meta.dirname, 'peers')
const STARTS_WITHIN_MS = 120_000

interface Peer {
  /** Its command, in its environment, on this port. */
  command: (port: number) => [command: string, ...args: string[]]
  health: string
  requirements: string
  needsRedis: boolean
}

const PYTHON: Peer = {
  command: () => ['python'],
  health: '/health',
  requirements: 'requirements.txt',
  needsRedis: false,
}

const PEERS: Record<string, Peer> = {
  gunicorn: {
    ...PYTHON,
    command: (port) => [
      'gunicorn',
      '--workers',
      `${coreCount()}`,
      '--bind',
      `127.0.0.1:${port}`,
      '--log-level',
      'error',
      'gunicorn_app:app',
    ],
  },
  litserve: { ...PYTHON, command: () => ['python', 'litserve_app.py'] },
  bentoml: {
    ...PYTHON,
    command: (port) => [
      'bentoml',
      'serve',
      '--host',
      '127.0.0.1',
      '--port',
      `${port}`,
      'bentoml_app:Service',
    ],
    health: '/readyz',
  },
  celery: { ...PYTHON, command: () => ['python', 'celery_app.py'], needsRedis: true },
  flask: {
    ...PYTHON,
    command: () => ['python', 'flask_app.py'],
    requirements: 'requirements-ultralytics.txt',
  },
}

export const PEER_NAMES = Object.keys(PEERS)

/** The other services that were asked for, on the same model, each left running till the end. */
export async function peerSides(
  { against }: Rig,
  { model, load }: { model: string; load: Omit<LoadRequest, 'seconds'> },
  stack: AsyncDisposableStack,
): Promise<Side[]> {
  const sides: Side[] = []
  for (const name of against) sides.push(await startPeer(name, { model, load }, stack))
  return sides
}

async function startPeer(
  name: string,
  { model, load }: { model: string; load: Omit<LoadRequest, 'seconds'> },
  stack: AsyncDisposableStack,
): Promise<Side> {
  const peer = PEERS[name]
  if (!peer) throw new Error(`There is no ${name} to measure against.`)
  const environment = makeEnvironment(peer.requirements)
  const redis = peer.needsRedis ? stack.use(await startRedisServer()) : undefined
  const port = await freePort()
  const [command, ...args] = peer.command(port)
  const server = spawn(join(environment, 'bin', command), args, {
    cwd: FOLDER,
    env: {
      ...process.env,
      MODEL: model,
      CORES: `${coreCount()}`,
      PORT: `${port}`,
      REDIS_URL: redis?.url,
      ...QUIET,
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  stack.defer(() => end(server))
  const url = `http://127.0.0.1:${port}`
  await untilHealthy(name, `${url}${peer.health}`, server)
  const helper = stack.use(await startHelper('load', { url }))
  return {
    name,
    async run(seconds) {
      const before = treeCpuMs(server.pid ?? 0)
      const redisBefore = redis?.process.pid ? cpuTimeMs(redis.process.pid) : 0
      const run = await helper.ask<LoadRun>({ ...load, path: '/predict', seconds })
      assertAllCount(name, run, 200)
      const cpuMs = { python: treeCpuMs(server.pid ?? 0) - before, load: run.cpuMs }
      if (!redis?.process.pid) return toRun(run, cpuMs)
      return toRun(run, { ...cpuMs, redis: cpuTimeMs(redis.process.pid) - redisBefore })
    },
  }
}

/** None of them asks the internet for anything, or installs while it serves. */
const QUIET = { BENTOML_DO_NOT_TRACK: 'True', YOLO_AUTOINSTALL: 'false', YOLO_OFFLINE: 'true' }

/** Made once; `rm -rf .lupa/bench-python*` has it made anew. */
function makeEnvironment(requirements: string): string {
  const path = join(ROOT, '.lupa', requirements.replace('requirements', 'bench-python').replace('.txt', ''))
  const ready = join(path, 'ready')
  const wanted = readFileSync(join(FOLDER, requirements), 'utf8')
  if (existsSync(ready) && readFileSync(ready, 'utf8') === wanted) return path
  say(`  making a Python environment of ${requirements} for other services; this takes minutes`)
  const python = process.env.LUPA_PYTHON ?? 'python3'
  execFileSync(python, ['-m', 'venv', path])
  const install = ['install', '--quiet', '--requirement', join(FOLDER, requirements)]
  execFileSync(join(path, 'bin/pip'), install, { stdio: ['ignore', 'ignore', 'inherit'] })
  writeFileSync(ready, wanted)
  return path
}

async function untilHealthy(name: string, url: string, server: ChildProcess): Promise<void> {
  const deadline = Date.now() + STARTS_WITHIN_MS
  while (!(await fetch(url).catch(() => undefined))?.ok) {
    if (server.exitCode !== null) throw new Error(`${name} ended at its start; what it wrote is above`)
    if (Date.now() > deadline) throw new Error(`${name} was not ready after ${STARTS_WITHIN_MS / 1000} s`)
    await sleep(200)
  }
}

/** With all that it started: BentoML's workers lead groups of their own. */
async function end(server: ChildProcess): Promise<void> {
  if (!server.pid || server.exitCode !== null) return
  const all = [server.pid, ...descendantsOf(server.pid).map(({ pid }) => pid)]
  const gone = once(server, 'exit')
  for (const pid of all) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch (error) {
      // It ended between the look and the signal.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
    }
  }
  await gone
}

function treeCpuMs(root: number): number {
  return [root, ...descendantsOf(root).map(({ pid }) => pid)].reduce((sum, pid) => sum + cpuTimeMs(pid), 0)
}
