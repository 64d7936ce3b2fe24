import { createdAtMs } from '../domain/ids.ts'
import type { Logger } from '../runtime/logger.ts'
import { openBullmqQueue } from './bullmq-queue.ts'
import { flowOf, GIVE_TAGS, MAX_TAG, OLDEST_WAITING, UNTAGGED } from './fair-queueing.ts'
import type { JobQueue } from './job-queue.ts'
import { askRedis, type RedisAddress } from './redis-connection.ts'
import { PLACE_SECONDS, placesKeys } from './redis-places.ts'
import { redisScript } from './redis-script.ts'

export const JOBS_QUEUE = 'jobs'

/** What travels with a job. */
export interface JobLuggage {
  traceparent?: string
}

const GONE = ['completed', 'failed', 'unknown']

const giveTags = redisScript(GIVE_TAGS)

const removeWaiting = redisScript(`
local prioritized, wait, delayed, job, id = KEYS[1], KEYS[2], KEYS[3], KEYS[4], ARGV[1]
local removed = redis.call('ZREM', prioritized, id) + redis.call('ZREM', delayed, id)
if removed == 0 then removed = redis.call('LREM', wait, 1, id) end
if removed > 0 then redis.call('DEL', job) end
return removed`)

const oldestWaiting = redisScript(OLDEST_WAITING)

/**
 * Jobs wait in BullMQ's set of prioritized jobs, in the order of their tags (see fair-queueing.ts). Those
 * whose worker died come back to BullMQ's list of waiting jobs, which is served first.
 */
export function createBullmqJobQueue(options: RedisAddress & { logger: Logger; maxTag?: number }): JobQueue {
  const { queue, redis, close } = openBullmqQueue<JobLuggage>(
    JOBS_QUEUE,
    { attempts: 3, backoff: { type: 'exponential', delay: 1000, jitter: 0.5 } },
    options,
  )
  const { maxTag = MAX_TAG } = options
  const key = {
    prioritized: queue.toKey('prioritized'),
    wait: queue.toKey('wait'),
    active: queue.toKey('active'),
    delayed: queue.toKey('delayed'),
    fair: queue.toKey('fair'),
    lastTags: queue.toKey('fair:last'),
  }

  return {
    async enqueue({ id, client, priority, traceparent }) {
      const keys = [key.prioritized, key.wait, key.active, key.delayed, key.fair, key.lastTags]
      const args = [id, queue.toKey(''), UNTAGGED, maxTag, PLACE_SECONDS * 1000]
      const place = await askRedis(redis, async () => {
        await queue.add(flowOf({ client, priority }), traceparent ? { traceparent } : {}, {
          jobId: id,
          priority: UNTAGGED,
        })
        return giveTags(redis, [...keys, ...placesKeys(client)], args)
      })
      const [position, running] = (place ?? []) as number[]
      return position === undefined || running === undefined ? undefined : { position, running }
    },

    async remove(id) {
      const keys = [key.prioritized, key.wait, key.delayed, queue.toKey(id)]
      return (await askRedis(redis, () => removeWaiting(redis, keys, [id]))) !== 0
    },

    position(id) {
      return askRedis(redis, async () => {
        const [rank, waiting, fromLeft] = await Promise.all([
          redis.zrank(key.prioritized, id),
          redis.llen(key.wait),
          redis.lpos(key.wait, id),
        ])
        if (fromLeft !== null) return Math.max(1, waiting - fromLeft)
        return rank === null ? undefined : waiting + rank + 1
      })
    },

    async holds(id) {
      return !GONE.includes(await askRedis(redis, () => queue.getJobState(id)))
    },

    runningIds() {
      return askRedis(redis, () => redis.lrange(key.active, 0, -1))
    },

    depth() {
      return askRedis(redis, async () => {
        const [prioritized, returned, delayed, running, oldestId] = await Promise.all([
          redis.zcard(key.prioritized),
          redis.llen(key.wait),
          redis.zcard(key.delayed),
          redis.llen(key.active),
          oldestWaiting(redis, [key.prioritized, key.wait, key.fair], []),
        ])
        const oldestWaitingMs =
          typeof oldestId === 'string' ? Math.max(0, Date.now() - createdAtMs(oldestId)) : null
        return { waiting: prioritized + returned, delayed, running, oldestWaitingMs }
      })
    },

    close,
  }
}
