/** A signal that aborts, with the last one's reason, once all of these have. */
export function whenAllAborted(signals: readonly AbortSignal[]): Disposable & { signal: AbortSignal } {
  const all = new AbortController()
  const onAbort = ({ target }: Event) => {
    if (signals.every(({ aborted }) => aborted)) all.abort((target as AbortSignal).reason)
  }
  for (const signal of signals) signal.addEventListener('abort', onAbort)
  const last = signals.at(-1)
  if (last && signals.every(({ aborted }) => aborted)) all.abort(last.reason)
  return {
    signal: all.signal,
    [Symbol.dispose]() {
      for (const signal of signals) signal.removeEventListener('abort', onAbort)
    },
  }
}
