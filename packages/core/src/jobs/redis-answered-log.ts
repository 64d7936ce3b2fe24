import { setTimeout as delay } from 'node:timers/promises'
import type { Redis } from 'ioredis'
import type { JobRecord } from '../domain/job.ts'
import type { Logger } from '../runtime/logger.ts'
import type { AnsweredJob, AnsweredLog } from './answered-log.ts'
import { askRedis, KEY_PREFIX, patientDuplicate } from './redis-connection.ts'
import { hotKey, hotSecondsOf } from './redis-job-events.ts'
import { placesKeys } from './redis-places.ts'
import { redisScript } from './redis-script.ts'

const STREAM = `${KEY_PREFIX}:answered`
const GROUP = 'writers'
const BLOCK_MS = 5000
const BATCH_SIZE = 50
const PAUSE_AFTER_FAILURE_MS = 1000
/** Between batches that are not full. Nobody waits for them, and one by one they cost several times as much. */
const GATHER_MS = 25
/** A consumer silent for so long is dead, since a living one reads every few seconds. */
const FORGET_CONSUMER_AFTER_MS = 3_600_000

/** All that an answer takes of Redis, so that it is asked once more and not three times. */
const append = redisScript(`
local stream, hot, all, ofClient = unpack(KEYS)
local record, imageOf, seconds, id = unpack(ARGV)
redis.call('XADD', stream, '*', 'record', record, 'image_of', imageOf)
redis.call('SET', hot, 'T' .. record, 'EX', seconds)
redis.call('ZREM', all, id)
redis.call('ZREM', ofClient, id)`)

export interface RedisAnsweredLogOptions {
  redis: Redis
  /** How long an answered job can be read before it is written. */
  hotSeconds?: number
  /** This process among those that read the log. */
  consumer: string
  logger: Logger
  batchSize?: number
  /** A batch in one consumer's hands for so long is given to another. */
  abandonedAfterMs?: number
}

/**
 * A Redis stream read by one consumer group. An entry stays in the stream until its batch was handled:
 * one that was handed out and not taken off is handed out again once it has been idle for a while.
 */
export function createRedisAnsweredLog(options: RedisAnsweredLogOptions): AnsweredLog {
  const { redis, logger, hotSeconds = 0, batchSize = BATCH_SIZE } = options
  return {
    async append({ record, imageOf }) {
      const { id, client } = record
      const args = [JSON.stringify(record), imageOf, hotSecondsOf(record, hotSeconds), id]
      await askRedis(redis, () => append(redis, [STREAM, hotKey(id), ...placesKeys(client)], args))
    },

    async consume(handle, signal) {
      const reader = patientDuplicate(redis, { logger })
      const nextBatch = createBatchReader(reader, { ...options, batchSize })
      try {
        while (!signal.aborted) await consumeBatch()
      } finally {
        reader.disconnect()
      }

      async function consumeBatch() {
        try {
          const entries = await orAborted(nextBatch(), signal)
          if (entries.length === 0) return
          await handle(entries.map((entry) => entry.job))
          await takeOff(redis, entries)
          if (entries.length < batchSize) await delay(GATHER_MS, undefined, { signal })
        } catch (error) {
          if (signal.aborted) return
          logger.warn({ err: error }, 'Answered jobs could not be written; they come again')
          await delay(PAUSE_AFTER_FAILURE_MS, undefined, { signal }).catch(() => {})
        }
      }
    },
  }
}

interface Entry {
  id: string
  job: AnsweredJob
}

/** Waits a few seconds for entries: those another consumer left first, then new ones. */
function createBatchReader(
  reader: Redis,
  { consumer, batchSize, abandonedAfterMs = 60_000 }: RedisAnsweredLogOptions & { batchSize: number },
): () => Promise<Entry[]> {
  let isGroupThere = false
  let lookForAbandonedAt = 0

  async function nextBatch(): Promise<Entry[]> {
    if (!isGroupThere) {
      await createGroup(reader)
      await forgetDeadConsumers(reader)
      isGroupThere = true
    }
    if (Date.now() >= lookForAbandonedAt) {
      const abandoned = await takeAbandoned(reader, consumer, batchSize, abandonedAfterMs)
      if (abandoned.length > 0) return abandoned
      lookForAbandonedAt = Date.now() + abandonedAfterMs / 2
    }
    return takeNew(reader, consumer, batchSize, Math.min(BLOCK_MS, abandonedAfterMs / 2))
  }

  return async function nextBatchOrNewGroup() {
    try {
      return await nextBatch()
    } catch (error) {
      // A wiped Redis has forgotten the group too.
      isGroupThere = false
      throw error
    }
  }
}

/** ioredis never settles the commands of a connection that was being made anew when it was closed. */
async function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  const onAbort = () => reject(new Error('The consumer was stopped'))
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    return await Promise.race([work, aborted])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}

async function createGroup(reader: Redis): Promise<void> {
  try {
    await reader.xgroup('CREATE', STREAM, GROUP, '0', 'MKSTREAM')
  } catch (error) {
    if (!(error instanceof Error && error.message.startsWith('BUSYGROUP'))) throw error
  }
}

async function takeNew(reader: Redis, consumer: string, count: number, blockMs: number): Promise<Entry[]> {
  const reply = await reader.xreadgroup(
    'GROUP',
    GROUP,
    consumer,
    'COUNT',
    count,
    'BLOCK',
    Math.ceil(blockMs),
    'STREAMS',
    STREAM,
    '>',
  )
  const streams = (reply ?? []) as [stream: string, entries: RawEntry[]][]
  return streams.flatMap(([, entries]) => toEntries(entries))
}

async function takeAbandoned(
  reader: Redis,
  consumer: string,
  count: number,
  idleMs: number,
): Promise<Entry[]> {
  const reply = await reader.xautoclaim(STREAM, GROUP, consumer, idleMs, '0-0', 'COUNT', count)
  return toEntries(reply[1] as RawEntry[])
}

async function takeOff(redis: Redis, entries: Entry[]): Promise<void> {
  const ids = entries.map((entry) => entry.id)
  await askRedis(redis, () =>
    redis
      .multi()
      .xack(STREAM, GROUP, ...ids)
      .xdel(STREAM, ...ids)
      .exec(),
  )
}

/** Their names would pile up, one for each process there ever was. What they still have in hand keeps them. */
async function forgetDeadConsumers(reader: Redis): Promise<void> {
  const consumers = (await reader.xinfo('CONSUMERS', STREAM, GROUP)) as unknown[][]
  for (const fields of consumers) {
    const { name, pending, idle } = toObject(fields)
    if (Number(pending) === 0 && Number(idle) > FORGET_CONSUMER_AFTER_MS) {
      await reader.xgroup('DELCONSUMER', STREAM, GROUP, String(name))
    }
  }
}

type RawEntry = [id: string, fields: string[]] | null

/** Redis 6 gives null for an entry that is in hand but not in the stream any more. */
function toEntries(raw: RawEntry[]): Entry[] {
  return raw.filter((entry) => entry !== null).map(([id, fields]) => ({ id, job: toJob(fields) }))
}

function toJob([name, value = '', , imageOf = '']: string[]): AnsweredJob {
  // As written by a version before: the whole of it in one field.
  if (name === 'job') return JSON.parse(value) as AnsweredJob
  return { record: JSON.parse(value) as JobRecord, imageOf }
}

function toObject(fields: unknown[]): Record<string, unknown> {
  const pairs = fields.flatMap((field, at) => (at % 2 === 0 ? [[String(field), fields[at + 1]]] : []))
  return Object.fromEntries(pairs)
}
