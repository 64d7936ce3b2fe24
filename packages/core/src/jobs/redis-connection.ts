import { once } from 'node:events'
import { Redis } from 'ioredis'
import { LupaError } from '../domain/errors.ts'
import type { Logger } from '../runtime/logger.ts'

/** Begins every key. The braces keep all keys in one slot, as scripts need on a clustered Redis. */
export const KEY_PREFIX = '{lupa}'

/** How long a command waits for a connection that is just being made. */
const RECONNECT_GRACE_MS = 250

const SHARED_OPTIONS = { connectTimeout: 3000, retryStrategy: retryDelayMs }

function retryDelayMs(times: number): number {
  return Math.min(50 * 2 ** times, 2000) + Math.random() * 100
}

/**
 * For callers who cannot wait: every command fails within two seconds, be Redis away or hanging. Only
 * `commandTimeout` ends a command that a hanging Redis has taken.
 */
export function producerConnection({ url, logger }: { url: string; logger: Logger }): Redis {
  return watched(
    new Redis(url, {
      ...SHARED_OPTIONS,
      enableOfflineQueue: false,
      maxRetriesPerRequest: 1,
      commandTimeout: 1500,
      socketTimeout: 10_000,
    }),
    logger,
  )
}

/** Blocks up to ten seconds at a time, so a socket silent for thirty is dead. */
const PATIENT_OPTIONS = {
  enableOfflineQueue: true,
  maxRetriesPerRequest: null,
  commandTimeout: undefined,
  socketTimeout: 30_000,
}

/**
 * For those who wait: commands outlast any outage. Once `stopping` has aborted, a connection that is lost
 * is not made again, and its commands reject.
 */
export function consumerConnection(options: { url: string; logger: Logger; stopping: AbortSignal }): Redis {
  const { url, logger, stopping } = options
  const retryStrategy = (times: number) => (stopping.aborted ? null : retryDelayMs(times))
  return watched(new Redis(url, { ...SHARED_OPTIONS, ...PATIENT_OPTIONS, retryStrategy }), logger)
}

/** A second connection to the same Redis, for blocking or subscribing. */
export function patientDuplicate(redis: Redis, { logger }: { logger: Logger }): Redis {
  return watched(redis.duplicate(PATIENT_OPTIONS), logger)
}

/** Resolves once Redis answers; rejects with `queue_unavailable` when it does not in time. */
export async function untilReady(redis: Redis, { timeoutMs }: { timeoutMs: number }): Promise<void> {
  if (redis.status === 'ready') return
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const timer = setTimeout(() => reject(unavailable(`no answer in ${timeoutMs} ms`)), timeoutMs)
  redis.once('ready', resolve)
  try {
    await promise
  } finally {
    clearTimeout(timer)
    redis.off('ready', resolve)
  }
}

/** Runs commands, and rejects with `queue_unavailable` when Redis does not carry them out. */
export async function askRedis<T>(redis: Redis, ask: () => Promise<T>): Promise<T> {
  try {
    if (redis.status !== 'ready') {
      await once(redis, 'ready', { signal: AbortSignal.timeout(RECONNECT_GRACE_MS) })
    }
    return await ask()
  } catch (cause) {
    throw unavailable(cause instanceof Error ? cause.message : String(cause), cause)
  }
}

function unavailable(reason: string, cause?: unknown): LupaError {
  return new LupaError(
    'queue_unavailable',
    `Redis did not carry out a command (${reason}). Try again shortly; if it stays so, check that Redis runs, can be reached and has memory left.`,
    { cause },
  )
}

/**
 * What is written in one turn of the event loop goes out as one: each write costs the kernel as much as a
 * command costs Redis.
 */
function sendTogether(stream: Redis['stream']): void {
  const write = stream.write.bind(stream) as (...chunk: unknown[]) => boolean
  const uncork = () => stream.uncork()
  stream.write = (...chunk: unknown[]) => {
    if (stream.writableCorked === 0) {
      stream.cork()
      setImmediate(uncork)
    }
    return write(...chunk)
  }
}

/** One log line when Redis goes and one when it is back, however many attempts lie between. */
function watched(redis: Redis, logger: Logger): Redis {
  let isAway = false
  redis.setMaxListeners(Number.POSITIVE_INFINITY)
  redis.on('connect', () => sendTogether(redis.stream))
  redis.on('error', (error) => {
    if (!isAway) logger.warn({ err: error }, 'Redis cannot be reached; trying again until it can')
    isAway = true
  })
  redis.on('ready', () => {
    if (isAway) logger.info('Redis can be reached again')
    isAway = false
  })
  return redis
}
