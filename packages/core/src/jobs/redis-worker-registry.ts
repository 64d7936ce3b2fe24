import type { Redis } from 'ioredis'
import { askRedis, KEY_PREFIX } from './redis-connection.ts'
import { WORKER_TTL_MS, type WorkerRegistry, type WorkerReport } from './worker-registry.ts'

/** worker → report */
const REPORTS = `${KEY_PREFIX}:workers`
/** worker → when it was last heard, by Redis' own clock: those of the machines may differ */
const HEARD = `${KEY_PREFIX}:workers:heard`

const NOW_MS = `local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)`

const BEAT = `${NOW_MS}
redis.call('ZADD', KEYS[2], now, ARGV[1])
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
return 1`

const LIST = `${NOW_MS}
local silent = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now - ARGV[1])
for _, worker in ipairs(silent) do
  redis.call('ZREM', KEYS[2], worker)
  redis.call('HDEL', KEYS[1], worker)
end
return redis.call('HVALS', KEYS[1])`

export function createRedisWorkerRegistry(options: {
  redis: Redis
  /** How long a worker may be silent. */
  ttlMs?: number
}): WorkerRegistry {
  const { redis, ttlMs = WORKER_TTL_MS } = options

  return {
    async beat(report) {
      await askRedis(redis, () => redis.eval(BEAT, 2, REPORTS, HEARD, report.worker, JSON.stringify(report)))
    },

    async leave(worker) {
      await askRedis(redis, () => Promise.all([redis.zrem(HEARD, worker), redis.hdel(REPORTS, worker)]))
    },

    async list() {
      const reports = await askRedis(redis, () => redis.eval(LIST, 2, REPORTS, HEARD, ttlMs))
      return (reports as string[])
        .map((json) => JSON.parse(json) as WorkerReport)
        .toSorted((one, other) => one.worker.localeCompare(other.worker))
    },
  }
}
