import { setTimeout as sleep } from 'node:timers/promises'

/** Runs `task` again and again, `everyMs` apart, until the signal aborts. A failure is told and not fatal. */
export async function repeat(
  task: () => Promise<void>,
  { everyMs, signal, onError }: { everyMs: number; signal: AbortSignal; onError: (error: unknown) => void },
): Promise<void> {
  while (!signal.aborted) {
    try {
      await task()
    } catch (error) {
      onError(error)
    }
    await sleep(everyMs, undefined, { signal }).catch(() => {})
  }
}
