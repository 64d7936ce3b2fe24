/** npm passes a Ctrl-C on to a process that had it from the terminal already: an echo, not a second wish. */
const ECHO_MS = 1_000

export interface StopSignals {
  /** Aborted by the first signal: finish what is running, then end. */
  stopping: AbortSignal
  /** Aborted by a second signal: end at once. */
  killing: AbortSignal
}

export function hearStopSignals(): StopSignals {
  const stopping = new AbortController()
  const killing = new AbortController()
  let firstAt: number | undefined
  const hear = () => {
    firstAt ??= performance.now()
    if (!stopping.signal.aborted) stopping.abort()
    else if (performance.now() - firstAt > ECHO_MS) killing.abort()
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, hear)
  return { stopping: stopping.signal, killing: killing.signal }
}
