import { LupaError, ProblemError, UnreachableError } from './errors.ts'
import { pause } from './pause.ts'
import { DEFAULT_RETRIES, type RetryPolicy, readRetryAfter, retryDelayMs } from './retry-policy.ts'
import type { Problem } from './wire-types.ts'

export type Credentials = { apiKey: string } | { username: string; password: string }

export interface TransportOptions {
  url: string
  credentials: Credentials | undefined
  retries?: Partial<RetryPolicy> | undefined
  fetch?: typeof fetch | undefined
}

export interface Asked<T> {
  /** A whole address of elsewhere, which gets no credentials of ours. */
  at?: string | undefined
  query?: Record<string, unknown> | undefined
  headers?: Record<string, string> | undefined
  /** Sent as JSON. */
  json?: unknown
  /** Sent as it is. Made anew for every try. */
  body?: (() => Blob | FormData) | undefined
  signal?: AbortSignal | undefined
  /** Of one try, to the end of its answer. */
  timeoutMs?: number | undefined
  /** Whether it may be sent again after a failure that leaves open whether it arrived. GET and DELETE may. */
  isRepeatable?: boolean | undefined
  /** Makes something of a good answer. */
  read: (response: Response) => Promise<T> | T
  /** What `timeoutMs` is for ends with the head of the answer. */
  isEndless?: boolean | undefined
}

/** Requests to one gateway, repeated where that may help. */
export interface Transport {
  readonly url: string
  /** Rejects with a ProblemError, an UnreachableError, or what the signal was aborted with. */
  ask<T>(method: string, path: string, asked: Asked<T>): Promise<T>
  /** Puts bytes at an address that needs no credentials, and gets none. */
  put(at: string, asked: Pick<Asked<never>, 'headers' | 'body' | 'timeoutMs' | 'signal'>): Promise<void>
}

const LONGEST_ANSWER_MS = 30_000

export function createTransport({ url, credentials, retries, ...options }: TransportOptions): Transport {
  const base = toBase(url)
  const authorization = credentials && toAuthorization(credentials)
  const policy = { ...DEFAULT_RETRIES, ...retries }
  // Looked up late: called on another object than the window, a browser's own refuses.
  const send: typeof fetch = (...args) => (options.fetch ?? fetch)(...args)

  async function once<T>(method: string, path: string, asked: Asked<T>): Promise<T> {
    const clock = new AbortController()
    const { timeoutMs = LONGEST_ANSWER_MS } = asked
    const timer = setTimeout(() => {
      clock.abort(new DOMException(`No answer within ${timeoutMs} ms.`, 'TimeoutError'))
    }, timeoutMs)
    try {
      const response = await send(asked.at ?? `${base}${path}${toQuery(asked.query)}`, {
        method,
        headers: asked.at === undefined ? headersOf(asked) : { ...asked.headers },
        body: asked.json === undefined ? (asked.body?.() ?? null) : JSON.stringify(asked.json),
        signal: asked.signal ? AbortSignal.any([asked.signal, clock.signal]) : clock.signal,
      })
      if (!response.ok) throw await toProblem(placeOf(asked), response)
      if (asked.isEndless) clearTimeout(timer)
      return await asked.read(response)
    } finally {
      clearTimeout(timer)
    }
  }

  /** Without the path and query of an address of elsewhere, which may be secret. */
  const placeOf = ({ at }: Asked<unknown>) => (at === undefined ? base : new URL(at).origin)

  function headersOf({ headers, json }: Asked<unknown>): Record<string, string> {
    return {
      accept: 'application/json',
      ...(json === undefined ? {} : { 'content-type': 'application/json' }),
      ...(authorization ? { authorization } : {}),
      ...headers,
    }
  }

  return {
    url: base,
    ask,
    put: (at, asked) => ask('PUT', '', { ...asked, at, isRepeatable: true, read: () => undefined }),
  }

  async function ask<T>(method: string, path: string, asked: Asked<T>): Promise<T> {
    const beganMs = performance.now()
    for (let tries = 1; ; tries++) {
      try {
        return await once(method, path, asked)
      } catch (thrown) {
        asked.signal?.throwIfAborted()
        if (!mayPass(thrown, asked.isRepeatable ?? /^(GET|HEAD|DELETE)$/.test(method))) {
          throw toError(thrown, placeOf(asked))
        }
        const retryAfterMs = thrown instanceof ProblemError ? thrown.retryAfterMs : undefined
        const elapsedMs = performance.now() - beganMs
        const delayMs = retryDelayMs({ tries, elapsedMs, retryAfterMs }, policy, Math.random())
        if (delayMs === undefined) throw toError(thrown, placeOf(asked))
        await pause(delayMs, asked.signal)
      }
    }
  }
}

const toError = (thrown: unknown, base: string) =>
  thrown instanceof LupaError ? thrown : new UnreachableError(base, thrown)

/** Whether the same request may fare better in a while, and is safe to send again. */
function mayPass(thrown: unknown, isRepeatable: boolean): boolean {
  if (!(thrown instanceof ProblemError)) return isRepeatable
  const { status, code } = thrown
  // Counted before anything was done.
  if (status === 429) return true
  return isRepeatable && ([502, 503, 504].includes(status) || code === 'idempotency_in_progress')
}

async function toProblem(base: string, response: Response): Promise<ProblemError> {
  const said: unknown = await response.json().catch(() => undefined)
  const problem = typeof said === 'object' && said !== null ? (said as Partial<Problem>) : {}
  const retryAfterMs = readRetryAfter(response.headers.get('retry-after'), Date.now())
  return new ProblemError(base, { status: response.status, problem, retryAfterMs })
}

/** Without the slashes at its end: the gateway may lie under a path. */
function toBase(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  if (!parsed || !/^https?:$/.test(parsed.protocol) || parsed.username !== '') {
    throw new TypeError(
      `url ${JSON.stringify(url)} is no http:// or https:// address (credentials go into apiKey, or username and password).`,
    )
  }
  return `${parsed.origin}${parsed.pathname.replace(/\/+$/, '')}`
}

function toQuery(query: Record<string, unknown> = {}): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined)
  if (given.length === 0) return ''
  return `?${new URLSearchParams(given.map(([name, value]): [string, string] => [name, toText(value)])).toString()}`
}

/** A list as JSON, since names may hold commas. */
export function toText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function toAuthorization(credentials: Credentials): string {
  if ('apiKey' in credentials) return `Bearer ${credentials.apiKey}`
  const pair = new TextEncoder().encode(`${credentials.username}:${credentials.password}`)
  return `Basic ${btoa(String.fromCharCode(...pair))}`
}
