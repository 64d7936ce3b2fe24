import type { Redis } from 'ioredis'
import { type Admission, CLIENT_SHARE } from './admission.ts'
import { JOBS_QUEUE } from './bullmq-job-queue.ts'
import { askRedis, KEY_PREFIX } from './redis-connection.ts'
import { ALL_PLACES, FREE_LEAKED_PLACES, PLACE_SECONDS, placesKeys, TAKE_PLACE } from './redis-places.ts'
import { NOW_MS, redisScript } from './redis-script.ts'

/** Where BullMQ keeps what it knows of a job. */
const JOB_KEY_PREFIX = `${KEY_PREFIX}:${JOBS_QUEUE}:`

const reservePlace = redisScript(`${NOW_MS}${TAKE_PLACE}${FREE_LEAKED_PLACES}
local all, ofClient = KEYS[1], KEYS[2]
local id, limit, limitOfClient = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local placeMs, jobKeyPrefix = tonumber(ARGV[4]), ARGV[5]
if redis.call('ZSCORE', all, id) then return 'reserved' end
freeLeakedPlaces(all, placeMs, jobKeyPrefix)
freeLeakedPlaces(ofClient, placeMs, jobKeyPrefix)
if redis.call('ZCARD', ofClient) >= limitOfClient then return 'share_full' end
if redis.call('ZCARD', all) >= limit then return 'queue_full' end
takePlace(all, ofClient, id, placeMs)
return 'reserved'`)

const countPlaces = redisScript(`${NOW_MS}${FREE_LEAKED_PLACES}
freeLeakedPlaces(KEYS[1], tonumber(ARGV[1]), ARGV[2])
return redis.call('ZCARD', KEYS[1])`)

/**
 * A job that is put on the queue takes its place there whether or not it was reserved, so that places are
 * right again when the queue is rebuilt after Redis was wiped.
 */
export function createRedisAdmission(options: {
  redis: Redis
  limit: number
  /** The part of the limit that one client may hold. */
  share?: number
  /** A place whose job is not on the queue after this long is free again. */
  placeSeconds?: number
}): Admission {
  const { redis, limit, share = CLIENT_SHARE, placeSeconds = PLACE_SECONDS } = options
  const limitOfClient = Math.max(1, Math.floor(limit * share))
  const placeMs = Math.ceil(placeSeconds * 1000)

  return {
    async reserve(client, jobId) {
      const args = [jobId, limit, limitOfClient, placeMs, JOB_KEY_PREFIX]
      const answer = await askRedis(redis, () => reservePlace(redis, placesKeys(client), args))
      return answer as Awaited<ReturnType<Admission['reserve']>>
    },

    async release(client, jobId) {
      await askRedis(redis, () => Promise.all(placesKeys(client).map((places) => redis.zrem(places, jobId))))
    },

    async taken(client) {
      const places = client === undefined ? ALL_PLACES : placesKeys(client)[1]
      return Number(await askRedis(redis, () => countPlaces(redis, [places], [placeMs, JOB_KEY_PREFIX])))
    },
  }
}
