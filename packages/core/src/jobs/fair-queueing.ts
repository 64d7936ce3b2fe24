import { TAKE_PLACE } from './redis-places.ts'
import { NOW_MS } from './redis-script.ts'

/** BullMQ's lowest priority. */
export const MAX_TAG = 2 ** 21 - 1

/**
 * Self-clocked fair queueing (Golestani, 1994). Jobs of one client and priority are a flow. A job's tag is
 * where its flow stands, plus what the job costs; a flow that was away begins where the queue stands. So
 * flows take turns, by cost, however many jobs each has waiting. The tag is the job's BullMQ priority, and
 * `score / 2^32` in the set of prioritized jobs; the rest of the score is the order in which jobs came.
 *
 * `fair` holds `clock` (where the queue stands: never back), `given` (the highest tag there is) and `shift`
 * (by how much tags were lowered last, as they may not grow for ever); `lastTags` where each flow stands.
 *
 * The script answers with the tag for BullMQ, which adds the job then: 0 when it has the job already. Tags
 * may be lowered in between. The tag then stands out by being higher than any given, and is lowered by the
 * next one who comes.
 */
export const FAIR_ENQUEUE = `${NOW_MS}${TAKE_PLACE}
local prioritized, wait, active, delayed, fair, lastTags, places, placesOfClient = unpack(KEYS)
local id, jobKeyPrefix, flow = ARGV[1], ARGV[2], ARGV[3]
local cost, maxTag, placeMs = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])

local function tagOf(score) return math.floor(score / 4294967296) end

local function setScore(jobId, tag, score)
  redis.call('ZADD', prioritized, tag * 4294967296 + score % 4294967296, jobId)
  redis.call('HSET', jobKeyPrefix .. jobId, 'priority', tag)
end

takePlace(places, placesOfClient, id, placeMs)
if redis.call('EXISTS', jobKeyPrefix .. id) == 1 then return 0 end

local state = redis.call('HMGET', fair, 'clock', 'given', 'shift')
local clock, given, shift = tonumber(state[1]) or 0, tonumber(state[2]) or 0, tonumber(state[3]) or 0
local head = redis.call('ZRANGE', prioritized, 0, 0, 'WITHSCORES')

if not head[1] then
  redis.call('DEL', lastTags)
  clock = given
  local isIdle = redis.call('EXISTS', wait, active, delayed) == 0
  if isIdle and given > 0 then clock, given, shift = 0, 0, given end
else
  clock = math.max(clock, math.min(tagOf(tonumber(head[2])), math.max(given, clock)))
  local last = redis.call('ZRANGE', prioritized, -1, -1, 'WITHSCORES')
  local score = tonumber(last[2])
  if tagOf(score) > given then
    local lowered = math.max(1, tagOf(score) - shift)
    if lowered > given then lowered = math.max(1, given) end
    setScore(last[1], lowered, score)
  end
end

local tag = math.max(clock, tonumber(redis.call('HGET', lastTags, flow)) or 0) + cost

if tag > maxTag and clock > 0 then
  local function lower(other) return math.max(1, other - clock) end
  local waiting = redis.call('ZRANGE', prioritized, 0, -1, 'WITHSCORES')
  for at = 1, #waiting, 2 do
    local score = tonumber(waiting[at + 1])
    setScore(waiting[at], lower(tagOf(score)), score)
  end
  for _, ids in ipairs({ redis.call('LRANGE', wait, 0, -1), redis.call('LRANGE', active, 0, -1), redis.call('ZRANGE', delayed, 0, -1) }) do
    for _, other in ipairs(ids) do
      local priority = tonumber(redis.call('HGET', jobKeyPrefix .. other, 'priority'))
      if priority and priority > 0 then redis.call('HSET', jobKeyPrefix .. other, 'priority', lower(priority)) end
    end
  end
  local flows = redis.call('HGETALL', lastTags)
  for at = 1, #flows, 2 do
    redis.call('HSET', lastTags, flows[at], lower(tonumber(flows[at + 1])))
  end
  tag, given, shift, clock = tag - clock, math.max(0, given - clock), clock, 0
end

tag = math.min(tag, maxTag)
redis.call('HSET', lastTags, flow, tag)
redis.call('HSET', fair, 'clock', clock, 'given', math.max(given, tag), 'shift', shift)
return tag`
