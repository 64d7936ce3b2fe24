import type { Redis } from 'ioredis'
import { askRedis, KEY_PREFIX } from '../jobs/redis-connection.ts'
import { NOW_MS, redisScript } from '../jobs/redis-script.ts'
import { BUCKETS, MOST_WINDOWS, type RateLimit, type RateState } from './rate-limit.ts'

/** Of each demand come three arguments (limit, window, cost), and go back four numbers. */
const takeAll = redisScript(`${NOW_MS}
local BUCKETS, MOST_WINDOWS = ${BUCKETS}, ${MOST_WINDOWS}

local function look(key, limit, windowMs, cost)
  local width = windowMs / BUCKETS
  local bucket = math.floor(now / width)
  local fields = redis.call('HGETALL', key)
  local counting, used = {}, 0
  for i = 1, #fields, 2 do
    local at, amount = tonumber(fields[i]), tonumber(fields[i + 1])
    if bucket - at <= BUCKETS then
      counting[#counting + 1] = { at, amount }
      used = used + amount
    else
      redis.call('HDEL', key, fields[i])
    end
  end
  table.sort(counting, function(a, b) return a[1] < b[1] end)
  local function endMs(at) return math.ceil((at + BUCKETS + 1) * width - now) end

  local excess = math.max(0, used + math.max(cost, 1) - limit)
  if cost > limit then excess = used end
  local freed, retryAfterMs = 0, 0
  for _, one in ipairs(counting) do
    if freed >= excess then break end
    freed = freed + one[2]
    if freed >= excess then retryAfterMs = endMs(one[1]) end
  end
  local resetMs = 0
  if #counting > 0 then resetMs = endMs(counting[#counting][1]) end
  return { bucket, math.max(0, limit - used), resetMs, retryAfterMs }
end

local function count(key, bucket, limit, windowMs, cost)
  local rest, window, at = cost, 0, bucket
  while rest > 0 and window < MOST_WINDOWS do
    local part = math.min(rest, limit)
    if window == MOST_WINDOWS - 1 then part = rest end
    at = bucket + window * (BUCKETS + 1)
    redis.call('HINCRBY', key, string.format('%.0f', at), string.format('%.0f', part))
    rest = rest - part
    window = window + 1
  end
  local lastsMs = math.ceil((at + BUCKETS + 1) * windowMs / BUCKETS - now)
  if lastsMs > redis.call('PTTL', key) then redis.call('PEXPIRE', key, lastsMs) end
end

local function lookAtAll()
  local states = {}
  for i, key in ipairs(KEYS) do
    states[i] = look(key, tonumber(ARGV[3 * i - 2]), tonumber(ARGV[3 * i - 1]), tonumber(ARGV[3 * i]))
  end
  return states
end

local states = lookAtAll()
local granted = 1
for _, state in ipairs(states) do if state[4] > 0 then granted = 0 end end
if granted == 1 then
  for i, key in ipairs(KEYS) do
    count(key, states[i][1], tonumber(ARGV[3 * i - 2]), tonumber(ARGV[3 * i - 1]), tonumber(ARGV[3 * i]))
  end
  states = lookAtAll()
  for _, state in ipairs(states) do state[4] = 0 end
end
return { granted, states }`)

const giveBackOne = redisScript(`
local left = tonumber(redis.call('HGET', KEYS[1], ARGV[1]) or '0') - tonumber(ARGV[2])
if left > 0 then redis.call('HSET', KEYS[1], ARGV[1], string.format('%.0f', left))
else redis.call('HDEL', KEYS[1], ARGV[1]) end`)

/** Shared by all processes. Counted by the clock of Redis, in hashes that lapse with their windows. */
export function createRedisRateLimit({ redis }: { redis: Redis }): RateLimit {
  return {
    async take(demands) {
      const args = demands.flatMap(({ limit, windowMs, cost }) => [limit, windowMs, cost])
      const keys = demands.map(({ name }) => toKey(name))
      const [granted, found] = (await askRedis(redis, () => takeAll(redis, keys, args))) as [
        number,
        [number, number, number, number][],
      ]
      const states = demands.map((demand, index): RateState => {
        const [bucket = 0, remaining = 0, resetMs = 0, retryAfterMs = 0] = found[index] ?? []
        return { ...demand, bucket, remaining, resetMs, retryAfterMs }
      })
      return { granted: granted === 1, states }
    },

    async giveBack({ granted, states }) {
      if (!granted) return
      const taken = states.filter(({ cost, limit }) => cost > 0 && cost <= limit)
      await askRedis(redis, () =>
        Promise.all(taken.map(({ name, bucket, cost }) => giveBackOne(redis, [toKey(name)], [bucket, cost]))),
      )
    },
  }
}

const toKey = (name: string) => `${KEY_PREFIX}:rate:${name}`
