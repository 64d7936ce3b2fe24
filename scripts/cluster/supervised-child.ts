import { type ChildProcess, spawn } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { endingWithThis } from '@lupa/core/runtime/end-with-parent'
import { LauncherError } from './launcher-error.ts'

/** A process to keep alive. */
export interface ChildSpec {
  name: string
  command: string
  args: string[]
  env?: NodeJS.ProcessEnv
  /** Done before every start. */
  beforeStart?(): Promise<void>
  /** Resolves once the child does its work, or nobody waits for that any more; what depends on it starts then. */
  ready?(notWaiting: AbortSignal): Promise<void>
}

export interface SupervisedChild {
  /** Never resolves before `stop`; rejects with a LauncherError when the child cannot be kept alive. */
  kept: Promise<void>
  /** SIGTERM, then SIGKILL when the drain takes too long or `killing` says so. Resolves once it is gone. */
  stop(options: { drainMs: number; killing: AbortSignal }): Promise<void>
}

/** sysexits.h: the settings are wrong, and a restart would meet the same ones. */
const EX_CONFIG = 78
/** Waits before the first, second … restart of a child that dies soon each time. */
const RESTART_DELAYS_MS = [0, 100, 200, 400, 800, 1_600, 2_000]
/** A child that lived this long starts again at once. */
const SOUND_LIFE_MS = 2_000
/** A child that ends by itself this often, each time sooner than BOOT_MS, will not come up. */
const MAX_FAILED_BOOTS = 5
const BOOT_MS = 10_000

interface Death {
  code: number | null
  signal: NodeJS.Signals | null
  livedMs: number
}

/** Starts a child and starts it again whenever it dies, until `stop`. */
export function superviseChild(spec: ChildSpec, say: (text: string) => void): SupervisedChild {
  const stopping = new AbortController()
  let child: ChildProcess | undefined

  async function keepAlive(): Promise<void> {
    let deathsInARow = 0
    let failedBoots = 0
    while (!stopping.signal.aborted) {
      await spec.beforeStart?.()
      if (stopping.signal.aborted) return
      const death = await live()
      if (stopping.signal.aborted) return
      deathsInARow = death.livedMs < SOUND_LIFE_MS ? deathsInARow + 1 : 1
      if (death.livedMs >= BOOT_MS) failedBoots = Number.NEGATIVE_INFINITY
      else if (death.signal === null) failedBoots += 1
      if (death.code === EX_CONFIG || failedBoots >= MAX_FAILED_BOOTS) throw givingUp(spec, death)

      say(`lupa: ${spec.name} ${inWords(death)} and is started again.`)
      const delayMs = RESTART_DELAYS_MS[Math.min(deathsInARow, RESTART_DELAYS_MS.length) - 1]
      await sleep(delayMs, undefined, { signal: stopping.signal }).catch(() => {})
    }
  }

  async function live(): Promise<Death> {
    const startedAt = performance.now()
    const { promise, resolve } = Promise.withResolvers<Death>()
    const end = (code: number | null, signal: NodeJS.Signals | null) =>
      resolve({ code, signal, livedMs: performance.now() - startedAt })
    // A group of its own: a terminal's Ctrl-C reaches the launcher alone, which ends all in order.
    const env = { ...process.env, ...spec.env }
    child = spawn(spec.command, spec.args, endingWithThis(env, ['inherit', 'inherit']))
    child.once('error', (error) => {
      say(`lupa: ${spec.name} cannot be started: ${error.message}`)
      end(1, null)
    })
    child.once('exit', end)
    const death = await promise
    // What the dead left behind in its group must not meet its successor.
    killGroup(child)
    return death
  }

  const kept = keepAlive()
  return {
    kept,
    async stop({ drainMs, killing }) {
      stopping.abort()
      child?.kill('SIGTERM')
      const kill = () => killGroup(child)
      const deadline = setTimeout(kill, drainMs)
      killing.addEventListener('abort', kill)
      if (killing.aborted) kill()
      await kept.catch(() => {})
      clearTimeout(deadline)
      killing.removeEventListener('abort', kill)
    },
  }
}

function killGroup(child: ChildProcess | undefined): void {
  if (!child?.pid) return
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch {
    // The group is gone, or this platform has none.
    child.kill('SIGKILL')
  }
}

function givingUp(spec: ChildSpec, death: Death): LauncherError {
  return new LauncherError(
    death.code === EX_CONFIG
      ? `${spec.name} refuses its settings; its message is above. Change them and start again.`
      : `${spec.name} ${inWords(death)} ${MAX_FAILED_BOOTS} times in a row soon after its start; its messages are above.`,
  )
}

function inWords({ code, signal }: Death): string {
  return signal ? `was killed by ${signal}` : `ended with exit code ${code}`
}
