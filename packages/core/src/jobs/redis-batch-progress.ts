import type { Redis } from 'ioredis'
import type { BatchProgress } from './batch-progress.ts'
import { askRedis, KEY_PREFIX } from './redis-connection.ts'

/** Longer than jobs may wait; a batch that takes longer still is finished by the reconciler. */
const KEPT_SECONDS = 7 * 86_400
/** Ids per command, so that no command keeps Redis long. */
const CHUNK = 500

/** A set of ids: taking one out twice counts once. A set without members is no key. */
const END = `
if redis.call('SREM', KEYS[1], ARGV[1]) == 0 then return 0 end
return redis.call('EXISTS', KEYS[1]) == 0 and 1 or 0`

export function createRedisBatchProgress({ redis }: { redis: Redis }): BatchProgress {
  return {
    async begin(batchId, jobIds) {
      const key = unfinishedKey(batchId)
      for (let at = 0; at < jobIds.length; at += CHUNK) {
        await askRedis(redis, () => redis.sadd(key, ...jobIds.slice(at, at + CHUNK)))
      }
      await askRedis(redis, () => redis.expire(key, KEPT_SECONDS))
    },

    async end(batchId, jobId) {
      return (await askRedis(redis, () => redis.eval(END, 1, unfinishedKey(batchId), jobId))) === 1
    },

    async forget(batchId) {
      await askRedis(redis, () => redis.unlink(unfinishedKey(batchId)))
    },
  }
}

function unfinishedKey(batchId: string): string {
  return `${KEY_PREFIX}:batch:${batchId}:unfinished`
}
