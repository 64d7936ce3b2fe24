import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { coreCount } from '@lupa/core/runtime/settings'
import { freePort } from '../../packages/core/test/services/redis-server.ts'
import { ROOT } from '../checks/run-check.ts'
import { cpuTimeMs } from './cpu-times.ts'
import { startHelper } from './helper.ts'
import { assertAllCount, toRun } from './lupa-side.ts'
import type { LoadRequest, LoadRun } from './processes/load.ts'
import type { Side } from './side.ts'
import type { Rig } from './workload.ts'

const FOLDER = join(import.meta.dirname, 'peers')
const ENVIRONMENT = join(ROOT, '.lupa/bench-python')
const STARTS_WITHIN_MS = 120_000

/** How each is started: its command, in the environment, on this port. */
const PEERS: Record<string, (port: number) => [command: string, ...args: string[]]> = {
  gunicorn: (port) => [
    'gunicorn',
    '--workers',
    `${coreCount()}`,
    '--bind',
    `127.0.0.1:${port}`,
    '--log-level',
    'error',
    'gunicorn_app:app',
  ],
  litserve: () => ['python', 'litserve_app.py'],
}

export const PEER_NAMES = Object.keys(PEERS)

/** The other services that were asked for, on the same model, each left running till the end. */
export async function peerSides(
  { against, say }: Rig,
  { model, load }: { model: string; load: Omit<LoadRequest, 'seconds'> },
  stack: AsyncDisposableStack,
): Promise<Side[]> {
  if (against.length === 0) return []
  makeEnvironment(say)
  const sides: Side[] = []
  for (const name of against) sides.push(await startPeer(name, { model, load }, stack))
  return sides
}

async function startPeer(
  name: string,
  { model, load }: { model: string; load: Omit<LoadRequest, 'seconds'> },
  stack: AsyncDisposableStack,
): Promise<Side> {
  const port = await freePort()
  const [command, ...args] = PEERS[name]?.(port) ?? ['false']
  const server = spawn(join(ENVIRONMENT, 'bin', command), args, {
    cwd: FOLDER,
    env: { ...process.env, MODEL: model, CORES: `${coreCount()}`, PORT: `${port}` },
    stdio: ['ignore', 'ignore', 'inherit'],
    detached: true,
  })
  stack.defer(() => end(server))
  const url = `http://127.0.0.1:${port}`
  await untilHealthy(name, url, server)
  const helper = stack.use(await startHelper('load', { url }))
  return {
    name,
    async run(seconds) {
      const before = groupCpuMs(server.pid)
      const run = await helper.ask<LoadRun>({ ...load, path: '/predict', seconds })
      assertAllCount(name, run, 200)
      return toRun(run, { python: groupCpuMs(server.pid) - before, load: run.cpuMs })
    },
  }
}

/** Once; `rm -rf .lupa/bench-python` has it made anew. */
function makeEnvironment(say: (text: string) => void): void {
  if (existsSync(join(ENVIRONMENT, 'ready'))) return
  say('  making a Python environment for the other services; this takes minutes')
  const python = process.env.LUPA_PYTHON ?? 'python3'
  execFileSync(python, ['-m', 'venv', ENVIRONMENT])
  const pip = [
    join(ENVIRONMENT, 'bin/pip'),
    'install',
    '--quiet',
    '--requirement',
    join(FOLDER, 'requirements.txt'),
  ]
  execFileSync(pip[0] as string, pip.slice(1), { stdio: ['ignore', 'ignore', 'inherit'] })
  execFileSync('touch', [join(ENVIRONMENT, 'ready')])
}

async function untilHealthy(name: string, url: string, server: ChildProcess): Promise<void> {
  const deadline = Date.now() + STARTS_WITHIN_MS
  while (!(await fetch(`${url}/health`).catch(() => undefined))?.ok) {
    if (server.exitCode !== null) throw new Error(`${name} ended at its start; what it wrote is above`)
    if (Date.now() > deadline) throw new Error(`${name} was not ready after ${STARTS_WITHIN_MS / 1000} s`)
    await sleep(200)
  }
}

async function end(server: ChildProcess): Promise<void> {
  if (!server.pid || server.exitCode !== null) return
  process.kill(-server.pid, 'SIGKILL')
  await once(server, 'exit')
}

/** Of a process and all that it started, which share its group. */
function groupCpuMs(group: number | undefined): number {
  const processes = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && groupOf(name) === group)
  return processes.reduce((sum, pid) => sum + cpuTimeMs(Number(pid)), 0)
}

function groupOf(pid: string): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2])
  } catch {
    return undefined
  }
}
