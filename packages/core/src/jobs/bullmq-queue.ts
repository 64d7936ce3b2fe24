import { type JobsOptions, Queue } from 'bullmq'
import type { Redis } from 'ioredis'
import type { Logger } from '../runtime/logger.ts'
import { KEY_PREFIX, producerConnection, type RedisAddress } from './redis-connection.ts'

/** The producing side of a BullMQ queue, on a connection of its own. */
export interface BullmqQueue<Data> {
  queue: Queue<Data, void>
  redis: Redis
  close: () => Promise<void>
}

export function openBullmqQueue<Data>(
  name: string,
  jobOptions: JobsOptions,
  options: RedisAddress & { logger: Logger },
): BullmqQueue<Data> {
  const { logger } = options
  const redis = producerConnection(options)
  const queue = new Queue<Data, void>(name, {
    prefix: KEY_PREFIX,
    connection: redis,
    // Together these make BullMQ send nothing of its own at start. Otherwise a Redis that is away then
    // leaves `add` waiting for ever, and a failed version check fails every later command.
    skipWaitingForReady: true,
    skipVersionCheck: true,
    defaultJobOptions: {
      ...jobOptions,
      // Our records are the history: an id must be free again once its job has ended.
      removeOnComplete: true,
      removeOnFail: true,
      stackTraceLimit: 1,
      keepLogs: 0,
    },
  })
  queue.setMaxListeners(0)
  queue.on('error', (error) => logger.debug({ err: error, queue: name }, 'Queue error'))
  return {
    queue,
    redis,
    async close() {
      await queue.close()
      redis.disconnect()
    },
  }
}
