import type { Logger } from '../runtime/logger.ts'
import { openBullmqQueue } from './bullmq-queue.ts'
import type { JobQueue } from './job-queue.ts'
import { askRedis } from './redis-connection.ts'

export const JOBS_QUEUE = 'jobs'

const GONE = ['completed', 'failed', 'unknown']

export function createBullmqJobQueue(options: { redisUrl: string; logger: Logger }): JobQueue {
  const { queue, redis, close } = openBullmqQueue<Record<string, never>>(
    JOBS_QUEUE,
    { attempts: 3, backoff: { type: 'exponential', delay: 1000, jitter: 0.5 } },
    options,
  )

  return {
    async enqueue(id) {
      await askRedis(redis, () => queue.add('job', {}, { jobId: id }))
    },

    async holds(id) {
      return !GONE.includes(await askRedis(redis, () => queue.getJobState(id)))
    },

    runningIds() {
      return askRedis(redis, () => redis.lrange(queue.toKey('active'), 0, -1))
    },

    depth() {
      return askRedis(redis, async () => {
        const [waiting, delayed, running, oldestId] = await Promise.all([
          redis.llen(queue.toKey('wait')),
          redis.zcard(queue.toKey('delayed')),
          redis.llen(queue.toKey('active')),
          redis.lindex(queue.toKey('wait'), -1),
        ])
        const queuedAt = oldestId === null ? null : await redis.hget(queue.toKey(oldestId), 'timestamp')
        const oldestWaitingMs = queuedAt === null ? null : Math.max(0, Date.now() - Number(queuedAt))
        return { waiting, delayed, running, oldestWaitingMs }
      })
    },

    close,
  }
}
