/** How often, and for how long, a request is made that failed in a way that may pass. */
export interface RetryPolicy {
  /** Tries of a request that gets no answer, or one that does not say when to come back. 1 is no retry. */
  attempts: number
  /** An answer with `Retry-After` is heeded as often as it comes, as long as that ends within so much time. */
  forMs: number
}

export const DEFAULT_RETRIES: RetryPolicy = { attempts: 4, forMs: 120_000 }

const FIRST_DELAY_MS = 250
const LONGEST_DELAY_MS = 8000

/**
 * How long to wait before the next try; undefined: it was the last one. Full jitter, so that many clients which
 * failed at one moment do not come back at one moment, and never earlier than the service wishes.
 * https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/
 * @param failure.tries that have failed
 * @param random from 0 to 1
 */
export function retryDelayMs(
  failure: { tries: number; elapsedMs: number; retryAfterMs: number | undefined },
  policy: RetryPolicy,
  random: number,
): number | undefined {
  const { tries, elapsedMs, retryAfterMs } = failure
  const spreadMs = Math.round(random * Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (tries - 1)))
  if (policy.attempts <= 1) return undefined
  if (retryAfterMs === undefined) return tries < policy.attempts ? spreadMs : undefined
  const delayMs = retryAfterMs + spreadMs
  return elapsedMs + delayMs <= policy.forMs ? delayMs : undefined
}

/** `Retry-After`, in seconds or as a date. */
export function readRetryAfter(header: string | null, nowMs: number): number | undefined {
  if (header === null) return undefined
  if (/^\s*\d+(\.\d+)?\s*$/.test(header)) return Number(header) * 1000
  const at = Date.parse(header)
  return Number.isNaN(at) ? undefined : Math.max(0, at - nowMs)
}
