import { type ErrorCode, LupaError } from '@lupa/core/domain/errors'

/**
 * Remembers that a dependency failed a moment ago, so that callers are refused at once instead of each
 * waiting to find out.
 *
 *     closed ──failure──▶ open ──cool-down──▶ half_open ──success──▶ closed
 *                           ◀────────failure──────┘
 *
 * Half open, one caller per cool-down is let through to try.
 */
export interface Breaker {
  /** Throws while open, and while half open for all but the one that tries. */
  assertClosed(): void
  /** Asks the dependency, and notes whether it answered. */
  watch<T>(ask: () => Promise<T>): Promise<T>
  report(): BreakerReport
}

export interface BreakerReport {
  state: 'closed' | 'open' | 'half_open'
  since: Date
  /** What failed last, whether or not it works again; null when nothing has. */
  lastError: { code: ErrorCode; at: Date } | null
}

/** @param options.code the failure that says the dependency is away; other known ones are answers of it */
export function createBreaker(options: {
  code: 'queue_unavailable' | 'store_unavailable'
  dependency: string
  coolDownMs: number
}): Breaker {
  const { code, dependency, coolDownMs } = options
  let since = new Date()
  let lastError: BreakerReport['lastError'] = null
  /** Until then nobody tries; undefined while closed. */
  let openUntilMs: number | undefined
  let isTrying = false

  function trip(thrown: unknown): void {
    if (openUntilMs === undefined) since = new Date()
    openUntilMs = performance.now() + coolDownMs
    isTrying = false
    lastError = { code: thrown instanceof LupaError ? thrown.code : code, at: new Date() }
  }

  function close(): void {
    if (openUntilMs === undefined) return
    openUntilMs = undefined
    isTrying = false
    since = new Date()
  }

  return {
    assertClosed() {
      if (openUntilMs === undefined) return
      if (performance.now() < openUntilMs) {
        throw new LupaError(
          code,
          `The ${dependency} did not answer a moment ago. Try again in a few seconds.`,
        )
      }
      openUntilMs = performance.now() + coolDownMs
      isTrying = true
    },

    async watch(ask) {
      try {
        const answer = await ask()
        close()
        return answer
      } catch (thrown) {
        if (!(thrown instanceof LupaError) || thrown.code === code) trip(thrown)
        throw thrown
      }
    },

    report() {
      if (openUntilMs === undefined) return { state: 'closed', since, lastError }
      const isHalfOpen = isTrying || performance.now() >= openUntilMs
      return { state: isHalfOpen ? 'half_open' : 'open', since, lastError }
    },
  }
}

/** One for each thing that a submit needs. */
export interface Breakers {
  redis: Breaker
  jobStore: Breaker
  imageStore: Breaker
}

/** How long a dependency counts as away after it did not answer. */
const COOL_DOWN_MS = 2000

export function createBreakers(): Breakers {
  const coolDownMs = COOL_DOWN_MS
  return {
    redis: createBreaker({ code: 'queue_unavailable', dependency: 'queue', coolDownMs }),
    jobStore: createBreaker({ code: 'store_unavailable', dependency: 'job store', coolDownMs }),
    imageStore: createBreaker({ code: 'store_unavailable', dependency: 'image store', coolDownMs }),
  }
}

/** Refuses at once, before anything is read or stored, what would end half way. */
export function assertAllClosed({ redis, jobStore, imageStore }: Breakers): void {
  redis.assertClosed()
  jobStore.assertClosed()
  imageStore.assertClosed()
}
