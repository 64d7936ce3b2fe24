import { setTimeout as sleep } from 'node:timers/promises'
import type { CachedResult, ResultCache } from '@lupa/core/jobs/result-cache'
import type { BestEffort } from './best-effort.ts'

/** Gives the result of a key: from the cache, from a twin that is being computed, or by computing it. */
export type ComputeOnce = (
  key: string,
  work: { id: string; useCache: boolean; compute: () => Promise<Computation>; signal: AbortSignal },
) => Promise<{ result: CachedResult; cache: 'hit' | 'miss' }>

export interface Computation {
  result: CachedResult
  /** Whether it is what the key stands for. */
  mayBeKept: boolean
}

export interface ComputeOnceOptions {
  cache: ResultCache
  /** Asks Redis for help that a job can do without. */
  bestEffort: BestEffort
  /** How long twins wait for the one that claimed the key, before they compute besides. */
  claimTtlMs: number
  /** How often a twin looks whether the result is there. */
  pollMs?: number
}

/**
 * The same image under the same model is computed once: twins wait for the one that claimed the key,
 * and take over when it ends without a result.
 */
export function createComputeOnce({
  cache,
  bestEffort,
  claimTtlMs,
  pollMs = 20,
}: ComputeOnceOptions): ComputeOnce {
  return async function computeOnce(key, { id, useCache, compute, signal }) {
    if (!useCache) return { result: (await compute()).result, cache: 'miss' }
    for (;;) {
      const cached = await bestEffort(() => cache.get(key), undefined)
      if (cached) return { result: cached, cache: 'hit' }
      if (await bestEffort(() => cache.claim(key, id, claimTtlMs), true)) break
      await sleep(pollMs, undefined, { signal })
    }
    try {
      const { result, mayBeKept } = await compute()
      if (mayBeKept) await bestEffort(() => cache.put(key, result), undefined)
      return { result, cache: 'miss' }
    } finally {
      await bestEffort(() => cache.release(key, id), undefined)
    }
  }
}

/** For a service whose cache is switched off. */
export const computeAlways: ComputeOnce = async (_key, { compute }) => ({
  result: (await compute()).result,
  cache: 'miss',
})
