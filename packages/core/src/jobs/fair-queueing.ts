import type { Priority } from '../domain/job.ts'
import { TAKE_PLACE } from './redis-places.ts'
import { NOW_MS } from './redis-script.ts'

/** The priority with which jobs are put on the queue: last, until the script has given them a tag. */
export const UNTAGGED = 2 ** 21 - 1
export const MAX_TAG = UNTAGGED - 1

/** The BullMQ name of a job. */
export function flowOf({ client, priority }: { client: string; priority: Priority }): string {
  return `${priority} ${client}`
}

/**
 * Self-clocked fair queueing (Golestani, 1994). The jobs of one client and priority are a flow. A job's tag
 * is where its flow stands, plus what the job costs; a flow that was away begins where the queue stands. So
 * flows take turns, by cost, however many jobs each has waiting. One bulk job costs as much as eight
 * interactive ones. The tag is the job's BullMQ priority, that is its score / 2^32 among the prioritized;
 * the rest of the score tells the order in which jobs came.
 *
 * The script gives a tag to every job that has none: its caller's, and those whose callers died before they
 * came to it. `fair` holds `clock` (where the queue stands; never goes back) and `given` (the highest tag);
 * `lastTags` where each flow stands. As tags must not grow for ever, all are lowered by the clock when they
 * have come to the limit. Returns where the job waits, and how many jobs workers have in hand.
 */
export const GIVE_TAGS = `${NOW_MS}${TAKE_PLACE}
local prioritized, wait, active, delayed, fair, lastTags, places, placesOfClient = unpack(KEYS)
local id, jobKeyPrefix = ARGV[1], ARGV[2]
local untagged, maxTag, placeMs = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local unit = 4294967296

local function setTag(jobId, tag, score)
  redis.call('ZADD', prioritized, tag * unit + score % unit, jobId)
  redis.call('HSET', jobKeyPrefix .. jobId, 'priority', tag)
end

local function tagged() return redis.call('ZRANGEBYSCORE', prioritized, '-inf', '(' .. string.format('%.0f', untagged * unit), 'WITHSCORES') end

local function lowerAll(by)
  local function lowered(tag) return math.max(1, tag - by) end
  local waiting = tagged()
  for at = 1, #waiting, 2 do
    local score = tonumber(waiting[at + 1])
    setTag(waiting[at], lowered(math.floor(score / unit)), score)
  end
  -- They may come back, with the tag they had.
  for _, ids in ipairs({ redis.call('LRANGE', wait, 0, -1), redis.call('LRANGE', active, 0, -1), redis.call('ZRANGE', delayed, 0, -1) }) do
    for _, other in ipairs(ids) do
      local tag = tonumber(redis.call('HGET', jobKeyPrefix .. other, 'priority'))
      if tag and tag > 0 and tag < untagged then redis.call('HSET', jobKeyPrefix .. other, 'priority', lowered(tag)) end
    end
  end
  local flows = redis.call('HGETALL', lastTags)
  for at = 1, #flows, 2 do redis.call('HSET', lastTags, flows[at], lowered(tonumber(flows[at + 1]))) end
end

if redis.call('EXISTS', jobKeyPrefix .. id) == 1 then takePlace(places, placesOfClient, id, placeMs) end

local state = redis.call('HMGET', fair, 'clock', 'given')
local clock, given = tonumber(state[1]) or 0, tonumber(state[2]) or 0

local head = redis.call('ZRANGE', prioritized, 0, 0, 'WITHSCORES')
local headTag = head[2] and math.floor(tonumber(head[2]) / unit) or untagged
if headTag < untagged then
  clock = math.max(clock, headTag)
else
  -- Nothing waits: whoever had many turns has had them.
  redis.call('DEL', lastTags)
  clock = given
  if redis.call('EXISTS', wait, active, delayed) == 0 then clock, given = 0, 0 end
end

local new = redis.call('ZRANGEBYSCORE', prioritized, string.format('%.0f', untagged * unit), '+inf', 'WITHSCORES')
for at = 1, #new, 2 do
  local flow = redis.call('HGET', jobKeyPrefix .. new[at], 'name') or ''
  local cost = string.sub(flow, 1, 5) == 'bulk ' and 8 or 1
  local tag = math.max(clock, tonumber(redis.call('HGET', lastTags, flow)) or 0) + cost
  if tag > maxTag and clock > 0 then
    lowerAll(clock)
    tag, given, clock = tag - clock, math.max(0, given - clock), 0
  end
  tag = math.min(tag, maxTag)
  setTag(new[at], tag, tonumber(new[at + 1]))
  redis.call('HSET', lastTags, flow, tag)
  given = math.max(given, tag)
end
redis.call('HSET', fair, 'clock', clock, 'given', given)

local rank = redis.call('ZRANK', prioritized, id)
return rank and { redis.call('LLEN', wait) + rank + 1, redis.call('LLEN', active) }`

/**
 * The oldest job, as ids sort by age. The first of each flow, which is its oldest, is never further from
 * where the queue stands than one job costs (or than what was removed before it), so few must be looked at.
 */
export const OLDEST_WAITING = `
local prioritized, wait, fair = unpack(KEYS)
local unit, highestCost, most = 4294967296, 8, 1000
local head = redis.call('ZRANGE', prioritized, 0, 0, 'WITHSCORES')
local stand = math.max(tonumber(redis.call('HGET', fair, 'clock')) or 0, math.floor((tonumber(head[2]) or 0) / unit))
local upTo = string.format('(%.0f', (stand + highestCost + 1) * unit)
local oldest
for _, ids in ipairs({ redis.call('ZRANGEBYSCORE', prioritized, '-inf', upTo, 'LIMIT', 0, most), redis.call('LRANGE', wait, -most, -1) }) do
  for _, id in ipairs(ids) do
    if not oldest or id < oldest then oldest = id end
  end
end
return oldest`
