import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

export const ROOT = join(import.meta.dirname, '..', '..')

export interface Counts {
  passed: number
  failed: number
  skipped: number
}

export interface CheckOptions {
  env: NodeJS.ProcessEnv
  stopping: AbortSignal
}

/** How long a check that is told to stop may take. */
const STOP_MS = 5_000

/** Runs a Node script of the repository as one check, showing what it prints only when it fails. */
export async function runCheck(
  script: string[],
  options: CheckOptions,
): Promise<Counts & { output: string }> {
  const { exitCode, output } = await runNode(script, options, { show: false })
  return exitCode === 0
    ? { passed: 1, failed: 0, skipped: 0, output: '' }
    : { passed: 0, failed: 1, skipped: 0, output }
}

/** Runs a Node script of the repository, in a process group that ends with `stopping`. */
export async function runNode(
  script: string[],
  { env, stopping }: CheckOptions,
  { show }: { show: boolean },
): Promise<{ exitCode: number; output: string }> {
  if (stopping.aborted) return { exitCode: 1, output: '' }
  const child = spawn(process.execPath, script, {
    cwd: ROOT,
    env,
    stdio: show ? ['ignore', 'inherit', 'inherit'] : ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  let output = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (output += text))
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (output += text))

  const stop = () => {
    signalGroup(child.pid, 'SIGTERM')
    setTimeout(() => signalGroup(child.pid, 'SIGKILL'), STOP_MS).unref()
  }
  stopping.addEventListener('abort', stop)
  const [code] = (await once(child, 'close')) as [number | null]
  stopping.removeEventListener('abort', stop)
  return { exitCode: code ?? 1, output }
}

function signalGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  try {
    if (pid) process.kill(-pid, signal)
  } catch {
    // It is gone.
  }
}
