import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import { Problem } from './problem.ts'

export interface Loaded<T> {
  /** The last answer that was one; it stays while the next is awaited, or when that fails. */
  data: T | undefined
  problem: Problem | undefined
  isLoading: boolean
  reload: () => void
}

/**
 * Loads when `key` changes, and, with `everyMs`, again and again while the page is looked at. After a failure it
 * waits longer, or as long as the gateway says.
 */
export function useLoaded<T>(
  key: string,
  load: (signal: AbortSignal) => Promise<T>,
  { everyMs }: { everyMs?: number } = {},
): Loaded<T> {
  const [state, setState] = useState<{ key: string; data?: T; problem?: Problem | undefined }>({ key })
  const [round, setRound] = useState(0)
  const latest = useRef(load)
  latest.current = load

  // oxlint-disable-next-line react/exhaustive-deps -- `load` is another function at every render
  useEffect(() => {
    const leaving = new AbortController()
    let timer: number | undefined

    async function run(): Promise<void> {
      let waitMs = everyMs
      try {
        const data = await latest.current(leaving.signal)
        if (leaving.signal.aborted) return
        setState({ key, data })
      } catch (error) {
        if (leaving.signal.aborted) return
        if (!(error instanceof Problem)) throw error
        setState((before) => ({ ...before, key, problem: error }))
        if (waitMs !== undefined) waitMs = error.retryAfterMs ?? Math.max(waitMs, 5_000)
      }
      if (waitMs !== undefined) timer = window.setTimeout(again, waitMs)
    }
    function again(): void {
      if (document.hidden)
        document.addEventListener('visibilitychange', again, { once: true, signal: leaving.signal })
      else void run()
    }

    void run()
    return () => {
      leaving.abort()
      window.clearTimeout(timer)
    }
  }, [key, round, everyMs])

  const isOfKey = state.key === key
  return {
    data: isOfKey ? state.data : undefined,
    problem: isOfKey ? state.problem : undefined,
    isLoading: !isOfKey || (state.data === undefined && state.problem === undefined),
    reload: useCallback(() => setRound((before) => before + 1), []),
  }
}
