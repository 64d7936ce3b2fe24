import type { Redis } from 'ioredis'
import type { DrainRate } from './drain-rate.ts'
import { askRedis, KEY_PREFIX } from './redis-connection.ts'
import { NOW_MS, redisScript } from './redis-script.ts'

const WINDOW_SECONDS = 30
const COUNTER_PREFIX = `${KEY_PREFIX}:ended:`

/**
 * One counter for each second in which work was done, even where nothing ended: a second without a counter
 * was idle, and says nothing of how fast jobs would have ended.
 */
const countEnd = redisScript(`${NOW_MS}
local second = math.floor(now / 1000)
local window = tonumber(ARGV[3])
local since = math.max(math.floor((now - tonumber(ARGV[2])) / 1000), second - window)
for busy = since, second do
  redis.call('INCRBY', ARGV[1] .. string.format('%.0f', busy), busy == second and 1 or 0)
  redis.call('EXPIRE', ARGV[1] .. string.format('%.0f', busy), window + 5)
end`)

/** The counters of the window, and that of the second which is not over. */
const readCounters = redisScript(`${NOW_MS}
local second = math.floor(now / 1000)
local keys = {}
for at = second - tonumber(ARGV[2]), second do
  table.insert(keys, ARGV[1] .. string.format('%.0f', at))
end
return redis.call('MGET', unpack(keys))`)

export function createRedisDrainRate({ redis }: { redis: Redis }): DrainRate {
  return {
    async count(processingMs) {
      await askRedis(redis, () =>
        countEnd(redis, [COUNTER_PREFIX], [COUNTER_PREFIX, Math.max(0, processingMs), WINDOW_SECONDS]),
      )
    },

    async perSecond() {
      const counters = (await askRedis(redis, () =>
        readCounters(redis, [COUNTER_PREFIX], [COUNTER_PREFIX, WINDOW_SECONDS]),
      )) as (string | null)[]
      // The last second is not over, so it tells too little unless it is all there is.
      return rateOf(counters.slice(0, -1)) ?? rateOf(counters)
    },
  }
}

function rateOf(counters: (string | null)[]): number | null {
  const busy = counters.filter((counter) => counter !== null)
  const ended = busy.reduce((sum, counter) => sum + Number(counter), 0)
  return ended === 0 ? null : ended / busy.length
}
