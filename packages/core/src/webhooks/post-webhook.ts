import { type Dispatcher, request } from 'undici'
import { LupaError } from '../domain/errors.ts'
import { signWebhook } from './sign.ts'

/** Of an answer, this much is read, */
const MAX_ANSWER_BYTES = 65_536
/** and this much kept for the log. */
const EXCERPT_BYTES = 1024

export const WEBHOOK_TIMEOUT_MS = 15_000

/** Longer waits that a receiver asks for are not believed. */
const MAX_RETRY_AFTER_MS = 86_400_000

export interface WebhookMessage {
  url: string
  /** The same on every try of one event. */
  id: string
  body: string
  secrets: string[]
  /** For a receiver that goes on with the trace: https://www.w3.org/TR/trace-context/ */
  traceparent?: string | null | undefined
}

export interface PostOptions {
  /** Refuses addresses that may not be called. */
  dispatcher: Dispatcher
  /** From the first step to the last, whatever the receiver does. */
  timeoutMs?: number | undefined
  signal?: AbortSignal | undefined
}

/** What a receiver made of one try. */
export interface WebhookAnswer {
  /** Only 2xx is success: a redirect would carry the signature somewhere else. */
  isOk: boolean
  /** Null: no answer came. */
  status: number | null
  excerpt: string | null
  /** What was wrong, for people; null when nothing was. */
  error: string | null
  /** Set when we would not call that address. */
  refusal: LupaError | null
  durationMs: number
  /** How long the receiver asked to be left alone; 0 when it did not. */
  retryAfterMs: number
}

/** `postWebhook` with its dispatcher. The signal stops it before its time is over. */
export type SendWebhook = (message: WebhookMessage, signal: AbortSignal) => Promise<WebhookAnswer>

/** Signs and posts a webhook once. Never rejects: everything that can go wrong is an answer too. */
export async function postWebhook(
  { url, id, body, secrets, traceparent }: WebhookMessage,
  { dispatcher, timeoutMs = WEBHOOK_TIMEOUT_MS, signal: stop }: PostOptions,
): Promise<WebhookAnswer> {
  const timeout = AbortSignal.timeout(timeoutMs)
  const startedAt = performance.now()
  try {
    const response = await request(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'user-agent': 'Lupa-Webhooks/1',
        ...(traceparent && { traceparent }),
        ...signWebhook({ id, timestamp: new Date(), body, secrets }),
      },
      body,
      dispatcher,
      signal: stop ? AbortSignal.any([stop, timeout]) : timeout,
    })
    const status = response.statusCode
    const isOk = status >= 200 && status < 300
    return {
      isOk,
      status,
      excerpt: await readExcerpt(response.body),
      error: isOk ? null : `The receiver answered ${status}.`,
      refusal: null,
      durationMs: elapsedMs(startedAt),
      retryAfterMs: readRetryAfterMs(response.headers['retry-after']),
    }
  } catch (thrown) {
    return {
      isOk: false,
      status: null,
      excerpt: null,
      error: toSentence(thrown, timeoutMs),
      refusal: thrown instanceof LupaError ? thrown : null,
      durationMs: elapsedMs(startedAt),
      retryAfterMs: 0,
    }
  }
}

/** The answer counts from its status on: a body that breaks off, or has no end, takes nothing from it. */
async function readExcerpt(body: AsyncIterable<Buffer>): Promise<string> {
  const excerpt: Buffer[] = []
  let bytes = 0
  try {
    for await (const chunk of body) {
      if (bytes < EXCERPT_BYTES) excerpt.push(chunk.subarray(0, EXCERPT_BYTES - bytes))
      bytes += chunk.byteLength
      if (bytes >= MAX_ANSWER_BYTES) break
    }
  } catch {
    // What came until then is what there is.
  }
  return new TextDecoder().decode(Buffer.concat(excerpt), { stream: true })
}

function toSentence(thrown: unknown, timeoutMs: number): string {
  if (thrown instanceof LupaError) return thrown.message
  const { name, code, message } = thrown as NodeJS.ErrnoException
  const isTimeout = name === 'TimeoutError' || TIMEOUT_CODES.has(code ?? '')
  if (isTimeout) return `The receiver did not answer within ${timeoutMs / 1000} s.`
  // Node says nothing in the error that holds the failures of several addresses of one host.
  return `The receiver could not be reached: ${message || code || name}.`
}

/** https://undici.nodejs.org/#/docs/api/Errors */
const TIMEOUT_CODES = new Set(['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_BODY_TIMEOUT'])

/** RFC 9110, section 10.2.3: seconds or an HTTP date. */
function readRetryAfterMs(header: string | string[] | undefined): number {
  if (typeof header !== 'string') return 0
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now()
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), MAX_RETRY_AFTER_MS) : 0
}

function elapsedMs(startedAt: number): number {
  return Math.round((performance.now() - startedAt) * 10) / 10
}
