import { setMaxListeners } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { JobRecord } from '@lupa/core/domain/job'
import type { JobEvents } from '@lupa/core/jobs/job-events'
import type { Logger } from '@lupa/core/runtime/logger'
import type { JobReader } from './read-job.ts'

/** Waits for jobs: one subscription per process, many waiters, and a slow poll should an event be lost. */
export interface JobWaiter {
  /**
   * Resolves to the job once `isEnough` says so. Resolves to undefined when the time is up, the signal
   * aborts (the client has gone), or the service stops.
   */
  wait(id: string, options: WaitOptions): Promise<JobRecord | undefined>
  /** Ends every wait, and waits no more. */
  close(): Promise<void>
}

export interface WaitOptions {
  timeoutMs: number
  signal: AbortSignal
  isEnough: (record: JobRecord) => boolean
}

const FIRST_POLL_MS = 250
const SLOWEST_POLL_MS = 1000
/** How often a wait asks the job store, which is slower to ask than Redis and alone knows for sure. */
const STORE_POLL_MS = 3000
const LISTEN_AGAIN_MS = 1000

type Listener = (record: JobRecord) => void

export function createJobWaiter({
  events,
  reader,
  logger,
}: {
  events: JobEvents
  reader: JobReader
  logger: Logger
}): JobWaiter {
  const listeners = new Map<string, Set<Listener>>()
  const closing = new AbortController()
  setMaxListeners(0, closing.signal)
  const listening = keepListening()

  /** Redis may be away when the process starts: polls carry the waits until it listens. */
  async function keepListening(): Promise<void> {
    while (!closing.signal.aborted) {
      try {
        await using _subscription = await events.listen(tell, closing.signal)
        await aborted(closing.signal)
      } catch (err) {
        if (closing.signal.aborted) return
        logger.warn({ err }, 'cannot listen for finished jobs; waits poll')
        await sleep(LISTEN_AGAIN_MS, undefined, { signal: closing.signal }).catch(() => {})
      }
    }
  }

  function tell(id: string, readRecord: () => JobRecord): void {
    const waiting = listeners.get(id)
    if (!waiting) return
    const record = readRecord()
    for (const listener of waiting) listener(record)
  }

  function addListener(id: string, listener: Listener): () => void {
    const waiting = listeners.get(id) ?? new Set()
    listeners.set(id, waiting.add(listener))
    return () => {
      waiting.delete(listener)
      if (waiting.size === 0) listeners.delete(id)
    }
  }

  async function poll(id: string, isEnough: WaitOptions['isEnough'], over: AbortSignal) {
    let pauseMs = FIRST_POLL_MS
    let storeAskedAtMs = performance.now()
    while (!over.aborted) {
      const isStoreDue = performance.now() - storeAskedAtMs >= STORE_POLL_MS
      if (isStoreDue) storeAskedAtMs = performance.now()
      const record = await look(id, isStoreDue).catch(() => undefined)
      if (record && isEnough(record)) return record
      await sleep(pauseMs, undefined, { signal: over }).catch(() => {})
      pauseMs = Math.min(pauseMs * 2, SLOWEST_POLL_MS)
    }
    return undefined
  }

  function look(id: string, isStoreDue: boolean): Promise<JobRecord | undefined> {
    return isStoreDue ? reader.read(id) : events.latest(id)
  }

  return {
    async wait(id, { timeoutMs, signal, isEnough }) {
      const over = new AbortController()
      const end = () => over.abort()
      const timer = setTimeout(end, timeoutMs)
      const told = Promise.withResolvers<JobRecord>()
      const removeListener = addListener(id, (record) => {
        if (isEnough(record)) told.resolve(record)
      })
      signal.addEventListener('abort', end, { once: true })
      closing.signal.addEventListener('abort', end, { once: true })
      if (signal.aborted || closing.signal.aborted) end()
      try {
        return await Promise.race([told.promise, poll(id, isEnough, over.signal), aborted(over.signal)])
      } finally {
        clearTimeout(timer)
        removeListener()
        signal.removeEventListener('abort', end)
        closing.signal.removeEventListener('abort', end)
        end()
      }
    },

    async close() {
      closing.abort()
      await listening
    },
  }
}

function aborted(signal: AbortSignal): Promise<undefined> {
  if (signal.aborted) return Promise.resolve(undefined)
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(undefined), { once: true })
  })
}
