import { LupaError } from '@lupa/core/domain/errors'

/**
 * Remembers that Redis was away a moment ago, so that submits are refused at once, before anything is
 * stored, instead of each finding out for itself. After the cool-down the next ones try again.
 */
export interface RedisBreaker {
  /** Throws `queue_unavailable` during the cool-down. */
  assertClosed(): void
  trip(): void
}

export function createRedisBreaker({ coolDownMs }: { coolDownMs: number }): RedisBreaker {
  let openUntilMs = 0
  return {
    assertClosed() {
      if (performance.now() < openUntilMs) {
        throw new LupaError('queue_unavailable', 'The queue did not answer a moment ago.')
      }
    },
    trip() {
      openUntilMs = performance.now() + coolDownMs
    },
  }
}
