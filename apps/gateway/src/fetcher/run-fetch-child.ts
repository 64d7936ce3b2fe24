import { toLupaError } from '@lupa/core/domain/errors'
import { createDirectImageFetcher, type DirectImageFetcherOptions } from './direct-image-fetcher.ts'
import type { FetcherOptions, FetcherReply, FetcherRequest } from './fetcher-messages.ts'

const LOOK_AT_MEMORY_EVERY_MS = 250
/** So that its end can be told from others. */
export const EXIT_OUT_OF_MEMORY = 91

/** A process that fetches images for its parent, from its start to its end. */
export function runFetchChild({ agent }: Pick<DirectImageFetcherOptions, 'agent'> = {}): void {
  // The parent decides when it ends: a Ctrl-C reaches both, and the parent may yet want an answer.
  process.on('SIGINT', () => {})
  process.on('SIGTERM', () => {})
  process.once('disconnect', () => process.exit())

  const { rssLimitBytes, ...options } = JSON.parse(process.argv[2] ?? '') as FetcherOptions
  const fetcher = createDirectImageFetcher({ ...options, ...(agent && { agent }) })
  const underway = new Map<number, AbortController>()

  async function answer(id: number, url: string): Promise<void> {
    const given = new AbortController()
    underway.set(id, given)
    try {
      send({ type: 'fetched', id, ...(await fetcher.fetch(url, given.signal)) })
    } catch (thrown) {
      const { code, message } = toLupaError(thrown)
      send({ type: 'failed', id, code, message })
    } finally {
      underway.delete(id)
    }
  }

  process.on('message', (request: FetcherRequest) => {
    if (request.type === 'abort') underway.get(request.id)?.abort()
    else void answer(request.id, request.url)
  })
  setInterval(() => {
    if (process.memoryUsage.rss() > rssLimitBytes) process.exit(EXIT_OUT_OF_MEMORY)
  }, LOOK_AT_MEMORY_EVERY_MS).unref()
  send({ type: 'ready' })
}

function send(reply: FetcherReply): void {
  // A parent that is gone does not listen; the channel's end tells of that.
  process.send?.(reply, undefined, undefined, () => {})
}
