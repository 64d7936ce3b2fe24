import { newJobId } from '@lupa/core/domain/ids'
import { finishJob } from '@lupa/core/domain/job'
import { createBullmqJobQueue } from '@lupa/core/jobs/bullmq-job-queue'
import { createRedisJobEvents } from '@lupa/core/jobs/redis-job-events'
import { createRedisResultCache } from '@lupa/core/jobs/redis-result-cache'
import { cacheKeyOf } from '@lupa/core/jobs/result-cache'
import { createLogger } from '@lupa/core/runtime/logger'
import { Redis } from 'ioredis'
import { aJobRecord, aSuccess } from '../../packages/core/test/job-records.ts'
import { startRedisServer } from '../../packages/core/test/services/redis-server.ts'

export interface RedisMemory {
  waitingJobBytes: number
  hotCopyOverheadBytes: number
  cachedResultOverheadBytes: number
}

/** Enough that a table that has just grown weighs little. */
const EACH = 8000

/** What a real Redis holds more for one more waiting job, hot copy and cached result; of these two, beside their own bytes. */
export async function measureRedisMemory(): Promise<RedisMemory> {
  await using server = await startRedisServer()
  await using stack = new AsyncDisposableStack()
  const redis = stack.adopt(new Redis(server.url), (connection) => connection.disconnect())
  const logger = createLogger('test', { level: 'silent', pretty: false })
  const queue = stack.adopt(createBullmqJobQueue({ redisUrl: server.url, logger }), (open) => open.close())
  const events = createRedisJobEvents({ redis, hotSeconds: 3600, logger })
  const cache = createRedisResultCache({ redis, ttlSeconds: 3600 })

  const waiting = await bytesOfEach(async () => {
    await queue.enqueue({ id: newJobId(), client: 'ana', priority: 'interactive' })
    return 0
  })
  const hot = await bytesOfEach(async () => {
    const record = aJobRecord()
    const finished = finishJob(record, aSuccess(record))
    await events.announce(finished)
    return JSON.stringify(finished).length
  })
  const cached = await bytesOfEach(async () => {
    const record = aJobRecord()
    const finished = finishJob(record, aSuccess(record))
    const { stored_prediction: prediction, id } = finished
    if (!prediction) throw new Error('a success without a prediction')
    const result = { prediction, image: { width: 1280, height: 720 }, job_id: id }
    await cache.put(cacheKeyOf(finished, 'client'), result)
    return JSON.stringify(result).length
  })
  return { waitingJobBytes: waiting, hotCopyOverheadBytes: hot, cachedResultOverheadBytes: cached }

  /** @param add adds one, and resolves to the bytes that are not to be counted */
  async function bytesOfEach(add: () => Promise<number>): Promise<number> {
    await add()
    const before = await used()
    let own = 0
    for (let added = 0; added < EACH; added += 100) {
      const values = await Promise.all(Array.from({ length: 100 }, add))
      own += values.reduce((sum, bytes) => sum + bytes, 0)
    }
    return Math.round(((await used()) - before - own) / EACH)
  }

  async function used(): Promise<number> {
    return Number(/used_memory:(\d+)/.exec(await redis.info('memory'))?.[1])
  }
}
