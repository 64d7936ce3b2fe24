import { LupaError } from '@lupa/core/domain/errors'
import { checkOutboundUrl, FETCH_IMAGES, type Outbound } from '@lupa/core/webhooks/guard-address'
import { createGuardedAgent, type GuardedAgentOptions } from '@lupa/core/webhooks/guarded-agent'
import { type Dispatcher, request } from 'undici'
import { toImageName } from '../image-name.ts'
import type { ImageFetcher } from './image-fetcher.ts'

export interface DirectImageFetcherOptions {
  outbound: Outbound
  maxImageBytes: number
  /** From the call to the last byte, redirects included. */
  timeoutMs?: number
  /** For tests, which call nobody else's addresses. */
  agent?: Pick<GuardedAgentOptions, 'lookup' | 'openSocket'>
}

export const FETCH_TIMEOUT_MS = 10_000
const MAX_REDIRECTS = 3
const CONNECTIONS_PER_HOST = 4

/** Fetches in this process, which should be one that has nothing to lose. */
export function createDirectImageFetcher(options: DirectImageFetcherOptions): ImageFetcher {
  const { outbound, maxImageBytes, timeoutMs = FETCH_TIMEOUT_MS } = options
  const dispatcher = createGuardedAgent(outbound, {
    ...options.agent,
    purpose: FETCH_IMAGES,
    // Counted here besides, to say what was wrong.
    maxResponseBytes: maxImageBytes + 1,
    connections: CONNECTIONS_PER_HOST,
  })

  return {
    async fetch(text, given) {
      const timeout = AbortSignal.timeout(timeoutMs)
      const signal = given ? AbortSignal.any([given, timeout]) : timeout
      try {
        const { url, response } = await follow(text, { outbound, dispatcher, signal })
        const image = await readImage(response, maxImageBytes)
        return { image, imageName: nameIn(url) }
      } catch (error) {
        throw explain(error, { timeoutMs, maxImageBytes, isLate: timeout.aborted })
      }
    },

    close: () => dispatcher.destroy(),
  }
}

interface Call {
  outbound: Outbound
  dispatcher: Dispatcher
  signal: AbortSignal
}

/** Each address on the way is checked as the first one was. */
async function follow(text: string, { outbound, dispatcher, signal }: Call) {
  let url = checkOutboundUrl(text, outbound, FETCH_IMAGES)
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    const response = await request(url, {
      dispatcher,
      signal,
      headers: { accept: 'image/*', 'accept-encoding': 'identity', 'user-agent': 'Lupa-Images/1' },
    })
    const target = redirectOf(response)
    if (target === undefined) return { url, response }
    drop(response)
    url = checkOutboundUrl(URL.parse(target, url.href)?.href ?? target, outbound, FETCH_IMAGES)
  }
  throw failed(`It redirects more than ${MAX_REDIRECTS} times. Give the address that it leads to.`)
}

function redirectOf({ statusCode, headers }: Dispatcher.ResponseData): string | undefined {
  const { location } = headers
  return [301, 302, 303, 307, 308].includes(statusCode) && typeof location === 'string' ? location : undefined
}

async function readImage(response: Dispatcher.ResponseData, maxImageBytes: number): Promise<Buffer> {
  const { statusCode, headers, body } = response
  const refuse = (error: LupaError) => {
    drop(response)
    return error
  }
  if (statusCode !== 200) throw refuse(failed(`Its server answered ${statusCode}, not 200.`))
  const encoding = headers['content-encoding'] ?? 'identity'
  if (encoding !== 'identity') {
    throw refuse(failed(`Its server sent it compressed (${String(encoding)}) although it was asked not to.`))
  }
  if (Number(headers['content-length']) > maxImageBytes) throw refuse(tooLarge(maxImageBytes))

  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of body) {
    bytes += (chunk as Buffer).byteLength
    if (bytes > maxImageBytes) throw tooLarge(maxImageBytes)
    chunks.push(chunk as Buffer)
  }
  if (bytes === 0) throw failed('Its server sent no bytes.')
  return Buffer.concat(chunks, bytes)
}

/** Without the rest of an answer that is of no use: its connection goes with it. */
function drop({ body }: Dispatcher.ResponseData): void {
  body.on('error', () => {})
  body.destroy()
}

function nameIn({ pathname }: URL): string | null {
  return toImageName(decoded(pathname.split('/').at(-1) ?? ''))
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function explain(
  error: unknown,
  { timeoutMs, maxImageBytes, isLate }: { timeoutMs: number; maxImageBytes: number; isLate: boolean },
): LupaError {
  if (error instanceof LupaError) return error
  if (isLate) return failed(`It did not arrive whole within ${timeoutMs / 1000} s.`, error)
  const { code, message } = error as NodeJS.ErrnoException
  if (code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE') return tooLarge(maxImageBytes)
  const why = REASONS[code ?? ''] ?? (error instanceof DOMException ? 'The request was given up.' : message)
  return failed(why, error)
}

/** What a client needs to know; the rest of an error's text may tell of our network. */
const REASONS: Record<string, string> = {
  ECONNREFUSED: 'Its server refused the connection.',
  ECONNRESET: 'Its server closed the connection.',
  EPIPE: 'Its server closed the connection.',
  EHOSTUNREACH: 'Its server could not be reached.',
  ENETUNREACH: 'Its server could not be reached.',
  ETIMEDOUT: 'Its server could not be reached in time.',
  ENOTFOUND: 'DNS does not know its host.',
  EAI_AGAIN: 'DNS did not answer for its host.',
  UND_ERR_CONNECT_TIMEOUT: 'Its server could not be reached in time.',
  UND_ERR_HEADERS_TIMEOUT: 'Its server did not answer in time.',
  UND_ERR_BODY_TIMEOUT: 'Its server stopped sending.',
  UND_ERR_SOCKET: 'Its server closed the connection.',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'Its server sent another number of bytes than it said.',
}

function failed(why: string, cause?: unknown): LupaError {
  return new LupaError('image_url_failed', `The image could not be fetched from its URL. ${why}`, { cause })
}

function tooLarge(maxImageBytes: number): LupaError {
  return new LupaError(
    'image_too_large',
    `An image may have ${maxImageBytes} bytes at most; the one at this URL has more.`,
  )
}
