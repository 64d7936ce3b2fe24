/** What the gateway says when something is wrong (RFC 9457), or what is said here when it cannot be heard. */
export class Problem extends Error {
  override readonly name = 'Problem'
  /** 0: no answer came. */
  readonly status: number
  readonly code: string
  readonly title: string
  readonly retryAfterMs: number | null

  constructor({
    status,
    code,
    title,
    detail,
    retryAfterMs = null,
  }: { status: number; code: string; title: string; detail: string; retryAfterMs?: number | null }) {
    super(detail)
    this.status = status
    this.code = code
    this.title = title
    this.retryAfterMs = retryAfterMs
  }
}

export function noAnswer(): Problem {
  return new Problem({
    status: 0,
    code: 'no_answer',
    title: 'No answer',
    detail: 'The service did not answer.',
  })
}

/** From an answer that is no success. */
export function readProblem(status: number, body: string, retryAfter: string | null): Problem {
  const { code, title, detail } = parse(body)
  return new Problem({
    status,
    code: code ?? `http_${status}`,
    title: title ?? `HTTP ${status}`,
    detail: detail ?? title ?? `HTTP ${status}`,
    retryAfterMs: readRetryAfter(retryAfter),
  })
}

function parse(body: string): { code?: string; title?: string; detail?: string } {
  try {
    return JSON.parse(body) ?? {}
  } catch {
    return {}
  }
}

/** Seconds, or a date (RFC 9110, section 10.2.3). */
export function readRetryAfter(header: string | null, now = Date.now()): number | null {
  if (header === null || header === '') return null
  if (/^\d+$/.test(header)) return Number(header) * 1000
  const at = Date.parse(header)
  return Number.isNaN(at) ? null : Math.max(0, at - now)
}
