import { KEY_PREFIX } from './redis-connection.ts'

/**
 * Places on the queue are kept in sorted sets, one of all and one for each client: job id → when to look
 * whether the job is on the queue. One that is not by then was leaked by a process that died.
 */
export function placesKeys(client: string): [all: string, ofClient: string] {
  return [ALL_PLACES, `${ALL_PLACES}:of:${client}`]
}

export const ALL_PLACES = `${KEY_PREFIX}:places`

/** Longer than any upload takes: by then its job is on the queue, or will never be. */
export const PLACE_SECONDS = 900

/** Lua: needs `now`. */
export const TAKE_PLACE = `
local function takePlace(all, ofClient, id, placeMs)
  redis.call('ZADD', all, now + placeMs, id)
  redis.call('ZADD', ofClient, now + placeMs, id)
end`

/** Lua: needs `now`. */
export const FREE_LEAKED_PLACES = `
local function freeLeakedPlaces(places, placeMs, jobKeyPrefix)
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', places, '-inf', now, 'LIMIT', 0, 1000)) do
    if redis.call('EXISTS', jobKeyPrefix .. id) == 1 then
      redis.call('ZADD', places, now + placeMs, id)
    else
      redis.call('ZREM', places, id)
    end
  end
end`
