import { constants } from 'node:os'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
const cleanups = new Set<() => void>()

/** What is to be undone when the command is told to stop before it is disposed of. It cannot wait for anything. */
export function onStop(cleanup: () => void): Disposable {
  if (cleanups.size === 0) for (const signal of SIGNALS) process.on(signal, stop)
  cleanups.add(cleanup)
  return {
    [Symbol.dispose]() {
      cleanups.delete(cleanup)
      if (cleanups.size === 0) for (const signal of SIGNALS) process.off(signal, stop)
    },
  }
}

/** The last first, all of them even if one fails; then as a shell says that a signal ended a process. */
function stop(signal: (typeof SIGNALS)[number]): never {
  for (const cleanup of [...cleanups].toReversed()) {
    try {
      cleanup()
    } catch {
      // What cannot be removed stays.
    }
  }
  process.exit(128 + constants.signals[signal])
}
