import type { Redis } from 'ioredis'
import type { Quarantine } from './quarantine.ts'

/** @param memorySeconds how long a crash is remembered after the last one */
export function createRedisQuarantine({
  redis,
  memorySeconds = 86_400,
}: {
  redis: Redis
  memorySeconds?: number
}): Quarantine {
  const keyOf = (imageSha256: string, modelDigest: string) => `{lupa}:crashes:${imageSha256}:${modelDigest}`
  return {
    async countCrash(imageSha256, modelDigest) {
      const key = keyOf(imageSha256, modelDigest)
      const results = await redis.multi().incr(key).expire(key, memorySeconds).exec()
      return Number(results?.[0]?.[1])
    },
    async crashes(imageSha256, modelDigest) {
      return Number((await redis.get(keyOf(imageSha256, modelDigest))) ?? 0)
    },
  }
}
