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
/** A job may end before anybody waits for it, by the time between its place on the queue and its wait. */
const UNHEARD_KEPT = 64

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
  const unheard = new Map<string, () => JobRecord>()
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
    if (!waiting) return noteUnheard(id, readRecord)
    const record = readRecord()
    for (const listener of waiting) listener(record)
  }

  function noteUnheard(id: string, readRecord: () => JobRecord): void {
    unheard.delete(id)
    unheard.set(id, readRecord)
    if (unheard.size > UNHEARD_KEPT) unheard.delete(unheard.keys().next().value as string)
  }

  function addListener(id: string, listener: Listener): () => void {
    const waiting = listeners.get(id) ?? new Set()
    listeners.set(id, waiting.add(listener))
    return () => {
      waiting.delete(listener)
      if (waiting.size === 0) listeners.delete(id)
    }
  }

  /** Until it is over: it resolves to nothing then. */
  async function poll(id: string, { isEnough }: WaitOptions, over: Over): Promise<JobRecord | undefined> {
    let pauseMs = FIRST_POLL_MS
    let storeAskedAtMs = performance.now()
    for (await over.within(pauseMs); !over.isOver(); await over.within(pauseMs)) {
      const isStoreDue = performance.now() - storeAskedAtMs >= STORE_POLL_MS
      if (isStoreDue) storeAskedAtMs = performance.now()
      const record = await look(id, isStoreDue).catch(() => undefined)
      if (record && isEnough(record)) return record
      pauseMs = Math.min(pauseMs * 2, SLOWEST_POLL_MS)
    }
    return undefined
  }

  function look(id: string, isStoreDue: boolean): Promise<JobRecord | undefined> {
    return isStoreDue ? reader.read(id) : events.latest(id)
  }

  return {
    async wait(id, options) {
      const { timeoutMs, signal, isEnough } = options
      const told = Promise.withResolvers<JobRecord | undefined>()
      const removeListener = addListener(id, (record) => {
        if (isEnough(record)) told.resolve(record)
      })
      const early = unheard.get(id)?.()
      if (early && isEnough(early)) told.resolve(early)
      const over = createOver()
      const end = () => {
        over.end()
        told.resolve(undefined)
      }
      const timer = setTimeout(end, timeoutMs)
      signal.addEventListener('abort', end, { once: true })
      closing.signal.addEventListener('abort', end, { once: true })
      if (signal.aborted || closing.signal.aborted) end()
      try {
        void poll(id, options, over).then((record) => record && told.resolve(record))
        return await told.promise
      } finally {
        clearTimeout(timer)
        removeListener()
        signal.removeEventListener('abort', end)
        closing.signal.removeEventListener('abort', end)
        over.end()
      }
    },

    async close() {
      closing.abort()
      await listening
    },
  }
}

/** The end of one wait. A signal would make an error, with its stack, each time. */
interface Over {
  isOver(): boolean
  /** Resolves after so long, or at the end. */
  within(ms: number): Promise<void>
  end(): void
}

function createOver(): Over {
  let isOver = false
  let timer: NodeJS.Timeout | undefined
  let wake: (() => void) | undefined
  return {
    isOver: () => isOver,
    within: (ms) =>
      isOver
        ? Promise.resolve()
        : new Promise((resolve) => {
            wake = resolve
            timer = setTimeout(resolve, ms)
          }),
    end() {
      isOver = true
      clearTimeout(timer)
      wake?.()
    },
  }
}

function aborted(signal: AbortSignal): Promise<undefined> {
  if (signal.aborted) return Promise.resolve(undefined)
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(undefined), { once: true })
  })
}
