/** Lets through only so much in any window of time. */
export interface RateLimit {
  /** Takes all that is demanded, or nothing when one of the demands is too much. Atomic over all who ask. */
  take(demands: RateDemand[]): Promise<RateVerdict>
  /** Gives back what a verdict granted: it came to nothing. What was more than its limit stays taken. */
  giveBack(verdict: RateVerdict): Promise<void>
}

export interface RateDemand {
  /** Who asks for what: demands of one name share its limit. */
  name: string
  limit: number
  windowMs: number
  /**
   * 0 takes nothing, and is too much once the limit is reached. More than the limit is let through when nothing
   * was taken in the window before; it is then worked off in the windows that follow.
   */
  cost: number
}

export interface RateVerdict {
  granted: boolean
  /** By demand. */
  states: RateState[]
}

export interface RateState extends RateDemand {
  /** What may be taken now. */
  remaining: number
  /** Until nothing counts any more of what was taken. */
  resetMs: number
  /** Until the same demand may be granted; 0: this one is not what stood in the way. */
  retryAfterMs: number
  /** What is taken counts from here: see `BUCKETS`. */
  bucket: number
}

/**
 * A window is counted in so many buckets, by whole ones: what is taken counts for one window and, at most,
 * one bucket longer. So never more than the limit goes through in any window, wherever it begins.
 */
export const BUCKETS = 60

/** A single demand over its limit is spread over as many windows at most. */
export const MOST_WINDOWS = 1000
