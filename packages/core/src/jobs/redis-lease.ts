import { randomUUID } from 'node:crypto'
import type { Redis } from 'ioredis'
import type { Lease } from './lease.ts'
import { askRedis, KEY_PREFIX } from './redis-connection.ts'
import { holdKey, releaseKey } from './redis-hold.ts'

/** @param options.ttlMs how long the lease lasts unless it is held again */
export function createRedisLease(options: { redis: Redis; name: string; ttlMs: number }): Lease {
  const { redis, name, ttlMs } = options
  const key = `${KEY_PREFIX}:lease:${name}`
  const holder = randomUUID()

  return {
    tryHold() {
      return askRedis(redis, () => holdKey(redis, key, holder, ttlMs))
    },

    release() {
      return askRedis(redis, () => releaseKey(redis, key, holder))
    },
  }
}
