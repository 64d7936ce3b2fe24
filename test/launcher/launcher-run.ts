import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { askRedis } from '../../scripts/cluster/redis-talk.ts'

/** A launcher as a process of its own, and what it runs. */
export interface LauncherRun extends AsyncDisposable {
  process: ChildProcess
  output(): string
  ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>
}

export function runScript(script: string, args: string[], env: NodeJS.ProcessEnv = {}): LauncherRun {
  const child = spawn(process.execPath, [join(import.meta.dirname, '../..', script), ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text))
  const exit = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>
  const ended = exit.then(([code, signal]) => ({ code, signal }))
  return {
    process: child,
    output: () => output,
    ended,
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM')
      await ended
    },
  }
}

/** The value once there is one; fails when there is none in time. */
export async function until<T>(
  what: string,
  timeoutMs: number,
  look: () => Promise<T> | T,
): Promise<NonNullable<T>> {
  const deadline = Date.now() + timeoutMs
  for (;;) {
    const value = await look()
    if (value) return value
    if (Date.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${what}`)
    await sleep(10)
  }
}

/** Process ids that the stand-in app wrote beside an event, in order. */
export function appEvents(folder: string, event: string): number[] {
  const file = join(folder, 'app.log')
  if (!existsSync(file)) return []
  const lines = readFileSync(file, 'utf8').trim().split('\n')
  return lines.filter((line) => line.startsWith(`${event} `)).map((line) => Number(line.split(' ')[1]))
}

/** What the embedded Redis of a data folder answers; undefined while it is away. */
export function askEmbeddedRedis(folder: string, command: string): Promise<string | undefined> {
  return askRedis(JSON.parse(readFileSync(join(folder, 'redis', 'address.json'), 'utf8')), command)
}

export async function redisPid(folder: string): Promise<number | undefined> {
  const info = await askEmbeddedRedis(folder, 'INFO server')
  const pid = info && /process_id:(\d+)/.exec(info)?.[1]
  return pid ? Number(pid) : undefined
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    // An orphan that ended stays a zombie where process 1 does not reap.
    return process.platform !== 'linux' || !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}
