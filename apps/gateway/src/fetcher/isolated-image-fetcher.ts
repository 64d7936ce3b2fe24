import { LupaError } from '@lupa/core/domain/errors'
import type { Logger } from '@lupa/core/runtime/logger'
import { checkOutboundUrl, FETCH_IMAGES, type Outbound } from '@lupa/core/webhooks/guard-address'
import { FETCH_TIMEOUT_MS } from './direct-image-fetcher.ts'
import { type FetchProcess, FetchProcessEnded, startFetchProcess } from './fetch-process.ts'
import type { FetchedImage, ImageFetcher } from './image-fetcher.ts'
import { createPlaces } from './places.ts'

export interface IsolatedImageFetcherOptions {
  outbound: Outbound
  maxImageBytes: number
  logger: Logger
  /** From the call to the last byte, redirects included. */
  timeoutMs?: number
  /** Fetches at a time in one process. */
  atOnce?: number
  entry?: URL
}

/** What is being fetched may have as many bytes together. */
const UNDERWAY_BYTES = 512 * 1024 * 1024
const MOST_AT_ONCE = 32
/** Processes for one fetch at a time each, beside the one for all. */
const ALONE_AT_ONCE = 4
/** Of a process that fetches nothing, with room for a heap that has grown. */
const IDLE_RSS_BYTES = 256 * 1024 * 1024
/** An image lies there as chunks, as a whole, and on its way to us. */
const COPIES = 3

/**
 * Fetches in a process of its own, which knows no credentials and may touch nothing of this machine. It is
 * started when it is first needed, and again when it has ended. What it was fetching then is fetched once more,
 * each in a process to itself: so whatever ends a process ends no other's request.
 */
export function createIsolatedImageFetcher(options: IsolatedImageFetcherOptions): ImageFetcher {
  const { outbound, maxImageBytes, logger, timeoutMs = FETCH_TIMEOUT_MS } = options
  const { atOnce = Math.min(Math.max(Math.floor(UNDERWAY_BYTES / maxImageBytes), 2), MOST_AT_ONCE) } = options
  const { entry = new URL('fetch-child.ts', import.meta.url) } = options
  const places = createPlaces(atOnce)
  const placesAlone = createPlaces(ALONE_AT_ONCE)
  const processes = new Set<FetchProcess>()
  const idleAlone: FetchProcess[] = []
  let shared: FetchProcess | undefined
  let isClosed = false

  function start(atOnceThere: number): FetchProcess {
    if (isClosed) throw stopping()
    const started = startFetchProcess({
      outbound,
      maxImageBytes,
      timeoutMs,
      rssLimitBytes: IDLE_RSS_BYTES + COPIES * atOnceThere * maxImageBytes,
      entry,
      onEnd(how, lastWords) {
        processes.delete(started)
        if (lastWords !== '') logger.warn({ how, lastWords }, 'a process that fetches images ended')
      },
    })
    processes.add(started)
    return started
  }

  function fetchBesideOthers(url: string, signal?: AbortSignal): Promise<FetchedImage> {
    if (!shared?.isAlive()) shared = start(atOnce)
    return shared.fetch(url, signal)
  }

  async function fetchAlone(url: string, signal?: AbortSignal): Promise<FetchedImage> {
    using place = await placesAlone.take(untilTooLate(2 * timeoutMs, signal))
    const own = idleAlone.pop() ?? start(1)
    try {
      return await own.fetch(url, signal)
    } finally {
      if (place.isWaitedFor() && own.isAlive()) idleAlone.push(own)
      else await own.kill()
    }
  }

  async function fetchTwiceAtMost(url: string, signal?: AbortSignal): Promise<FetchedImage> {
    try {
      using _place = await places.take(untilTooLate(timeoutMs, signal))
      return await fetchBesideOthers(url, signal)
    } catch (thrown) {
      if (!(thrown instanceof FetchProcessEnded)) throw thrown
      logger.warn(
        { how: thrown.message },
        'a process that fetches images ended; what it had is fetched again',
      )
      return await fetchAlone(url, signal)
    }
  }

  return {
    async fetch(url, signal) {
      checkOutboundUrl(url, outbound, FETCH_IMAGES)
      try {
        return await fetchTwiceAtMost(url, signal)
      } catch (thrown) {
        if (isClosed) throw stopping()
        if (thrown instanceof FetchProcessEnded) throw toLupaError(thrown)
        if (signal?.aborted) throw failed('The request was given up.', thrown)
        throw thrown
      }
    },

    async close() {
      isClosed = true
      await Promise.all([...processes].map((one) => one.kill()))
    },
  }
}

function stopping(): LupaError {
  return new LupaError('service_stopping', 'The service is stopping; no image is fetched.')
}

function toLupaError(ended: FetchProcessEnded): LupaError {
  if (ended.hadStarted)
    return failed(
      `The process that fetched it ended, twice (${ended.message}). Send the image itself.`,
      ended,
    )
  return new LupaError(
    'fetcher_unavailable',
    `No process to fetch images can be started (${ended.message}). Send the image itself.`,
    { cause: ended },
  )
}

function failed(why: string, cause: unknown): LupaError {
  return new LupaError('image_url_failed', `The image could not be fetched from its URL. ${why}`, { cause })
}

function untilTooLate(timeoutMs: number, signal?: AbortSignal): AbortSignal {
  const late = new AbortController()
  const reason = new LupaError(
    'fetcher_unavailable',
    'Too many images are being fetched from URLs. Try again in a few seconds, or send the image itself.',
  )
  setTimeout(() => late.abort(reason), timeoutMs).unref()
  return signal ? AbortSignal.any([signal, late.signal]) : late.signal
}
