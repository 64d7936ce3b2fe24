import type { Redis } from 'ioredis'
import type { JobRecord } from '../domain/job.ts'
import type { Logger } from '../runtime/logger.ts'
import type { JobEvents } from './job-events.ts'
import { askRedis, KEY_PREFIX, patientDuplicate } from './redis-connection.ts'
import { redisScript } from './redis-script.ts'

const CHANNELS = { all: `${KEY_PREFIX}:announced`, stopped: `${KEY_PREFIX}:announced:stopped` }
/** A job that never ends does not stay hot for ever. */
const UNFINISHED_HOT_SECONDS = 86_400
/** Long enough for whoever is polling to see the end. */
const MIN_HOT_SECONDS = 60
/** Shows a subscriber that its connection died silently. */
const PING_INTERVAL_MS = 15_000

/**
 * Keeps and tells in one step, unless the hot record has ended and this one has not: that is a late word
 * from a worker that lost the job. A hot value is `T` (ended) or `-`, then the record's JSON.
 */
const announce = redisScript(`
if ARGV[1] == '-' and redis.call('GETRANGE', KEYS[1], 0, 0) == 'T' then return 0 end
redis.call('SET', KEYS[1], ARGV[1] .. ARGV[4], 'EX', ARGV[2])
for at = 5, #ARGV do redis.call('PUBLISH', ARGV[at], ARGV[3] .. '\\n' .. ARGV[4]) end
return 1`)

export function createRedisJobEvents(options: {
  redis: Redis
  /** How long a finished job stays hot; a minute at least. */
  hotSeconds: number
  logger: Logger
}): JobEvents {
  const { redis, hotSeconds, logger } = options

  return {
    async announce(record) {
      const mark = record.done ? 'T' : '-'
      const seconds = hotSecondsOf(record, hotSeconds)
      const json = JSON.stringify(record)
      await askRedis(redis, () =>
        announce(redis, [hotKey(record.id)], [mark, seconds, record.id, json, ...channelsFor(record)]),
      )
    },

    async latest(id) {
      return fromHot(await askRedis(redis, () => redis.get(hotKey(id))))
    },

    async latestOf(ids) {
      if (ids.length === 0) return []
      return (await askRedis(redis, () => redis.mget(ids.map(hotKey)))).map(fromHot)
    },

    async forget(id) {
      await askRedis(redis, () => redis.unlink(hotKey(id)))
    },

    async listen(listener, signal, which = 'all') {
      const subscriber = patientDuplicate(redis, { logger })
      subscriber.on('message', (_channel, message) => {
        const [id, json] = splitOnce(message)
        try {
          listener(id, () => JSON.parse(json) as JobRecord)
        } catch (error) {
          logger.error({ err: error, request_id: id }, 'A listener failed on an announced job')
        }
      })
      // A client that is told to disconnect between two attempts to connect keeps its commands for ever.
      const givenUp = Promise.withResolvers<never>()
      const giveUp = () => {
        subscriber.disconnect()
        givenUp.reject(signal?.reason)
      }
      signal?.addEventListener('abort', giveUp, { once: true })
      try {
        await Promise.race([subscriber.subscribe(CHANNELS[which]), givenUp.promise])
      } finally {
        signal?.removeEventListener('abort', giveUp)
      }
      const pinging = setInterval(() => void subscriber.ping().catch(() => {}), PING_INTERVAL_MS)
      return {
        async [Symbol.asyncDispose]() {
          clearInterval(pinging)
          // What is on its way already would still be heard.
          subscriber.removeAllListeners('message')
          subscriber.disconnect()
        },
      }
    },
  }
}

function channelsFor({ status }: JobRecord): string[] {
  const isStopped = status === 'canceled' || status === 'expired'
  return isStopped ? [CHANNELS.all, CHANNELS.stopped] : [CHANNELS.all]
}

/** How long a job stays hot, of which `hotSeconds` is wished when it has ended. */
export function hotSecondsOf({ done }: JobRecord, hotSeconds: number): number {
  return done ? Math.max(hotSeconds, MIN_HOT_SECONDS) : UNFINISHED_HOT_SECONDS
}

export function hotKey(id: string): string {
  return `${KEY_PREFIX}:hot:${id}`
}

function fromHot(hot: string | null): JobRecord | undefined {
  return hot === null ? undefined : (JSON.parse(hot.slice(1)) as JobRecord)
}

function splitOnce(message: string): [id: string, json: string] {
  const end = message.indexOf('\n')
  return [message.slice(0, end), message.slice(end + 1)]
}
