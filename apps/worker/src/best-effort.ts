import type { Logger } from '@lupa/core/runtime/logger'

/**
 * Asks for what only helps. A job whose result can be written must not fail because the cache, a hot
 * copy or a counter in Redis cannot be reached.
 */
export type BestEffort = <T>(ask: () => Promise<T>, otherwise: T) => Promise<T>

export function createBestEffort(logger: Logger): BestEffort {
  return async function bestEffort(ask, otherwise) {
    try {
      return await ask()
    } catch (err) {
      logger.debug({ err }, 'went on without Redis')
      return otherwise
    }
  }
}
