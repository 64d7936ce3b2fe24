import type { Redis } from 'ioredis'
import type { Quarantine } from './quarantine.ts'
import { askRedis, KEY_PREFIX } from './redis-connection.ts'

/** @param options.memorySeconds how long a crash is remembered after the last one */
export function createRedisQuarantine(options: { redis: Redis; memorySeconds?: number }): Quarantine {
  const { redis, memorySeconds = 86_400 } = options
  return {
    async countCrash(imageSha256, modelDigest) {
      const key = crashesKey(imageSha256, modelDigest)
      const results = await askRedis(redis, () => redis.multi().incr(key).expire(key, memorySeconds).exec())
      return Number(results?.[0]?.[1])
    },

    async crashes(imageSha256, modelDigest) {
      return Number((await askRedis(redis, () => redis.get(crashesKey(imageSha256, modelDigest)))) ?? 0)
    },
  }
}

function crashesKey(imageSha256: string, modelDigest: string): string {
  return `${KEY_PREFIX}:crashes:${imageSha256}:${modelDigest}`
}
