import type { Redis } from 'ioredis'
import { askRedis, KEY_PREFIX } from './redis-connection.ts'
import { holdKey, releaseKey } from './redis-hold.ts'
import { type CachedResult, cacheKeysOf, type ResultCache } from './result-cache.ts'

/** @param options.ttlSeconds how long a result stays; 0 keeps none */
export function createRedisResultCache(options: { redis: Redis; ttlSeconds: number }): ResultCache {
  const { redis, ttlSeconds } = options
  if (ttlSeconds === 0) return NO_RESULT_CACHE

  return {
    async get(key) {
      const json = await askRedis(redis, () => redis.get(resultKey(key)))
      return json === null ? undefined : (JSON.parse(json) as CachedResult)
    },

    async put(key, result) {
      await askRedis(redis, () => redis.set(resultKey(key), JSON.stringify(result), 'EX', ttlSeconds))
    },

    async delete(key) {
      await askRedis(redis, () => redis.unlink(resultKey(key)))
    },

    async deleteAll(scope) {
      const match = `${escapeGlob(resultKey(cacheKeysOf(scope)))}*`
      let cursor = '0'
      do {
        const [next, found] = await askRedis(redis, () =>
          redis.scan(cursor, 'MATCH', match, 'COUNT', SCAN_COUNT),
        )
        if (found.length > 0) await askRedis(redis, () => redis.unlink(found))
        cursor = next
      } while (cursor !== '0')
    },

    claim(key, holder, ttlMs) {
      return askRedis(redis, () => holdKey(redis, claimKey(key), holder, ttlMs))
    },

    release(key, holder) {
      return askRedis(redis, () => releaseKey(redis, claimKey(key), holder))
    },
  }
}

/** Where nothing is kept, no result will come from a twin: everybody may compute. */
const NO_RESULT_CACHE: ResultCache = {
  async get() {
    return undefined
  },
  async put() {},
  async delete() {},
  async deleteAll() {},
  async claim() {
    return true
  },
  async release() {},
}

/** Keys that Redis looks at in one step. */
const SCAN_COUNT = 1000

function escapeGlob(text: string): string {
  return text.replace(/[\\*?[\]]/g, '\\$&')
}

function resultKey(key: string): string {
  return `${KEY_PREFIX}:result:${key}`
}

function claimKey(key: string): string {
  return `${KEY_PREFIX}:claim:${key}`
}
