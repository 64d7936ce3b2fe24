import { once } from 'node:events'
import { Redis, type RedisOptions } from 'ioredis'
import { LupaError } from '../domain/errors.ts'
import type { Logger } from '../runtime/logger.ts'
import type { RedisCredentials, RedisLogin } from './redis-login.ts'

/** Begins every key. The braces keep all keys in one slot, as scripts need on a clustered Redis. */
export const KEY_PREFIX = '{lupa}'

/** How long a command waits for a connection that is just being made. */
const RECONNECT_GRACE_MS = 250

/** Where Redis is, and who we are to it. */
export interface RedisAddress {
  redisUrl: string
  /** Not given: user and password stand in the URL, if Redis wants any. */
  redisLogin?: RedisLogin | undefined
}

const SHARED_OPTIONS = { connectTimeout: 3000, retryStrategy: retryDelayMs }

function retryDelayMs(times: number): number {
  return Math.min(50 * 2 ** times, 2000) + Math.random() * 100
}

/**
 * For callers who cannot wait: every command fails within two seconds, be Redis away or hanging. Only
 * `commandTimeout` ends a command that a hanging Redis has taken.
 */
export function producerConnection(address: RedisAddress & { logger: Logger }): Redis {
  return connect(address, {
    ...SHARED_OPTIONS,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    commandTimeout: 1500,
    socketTimeout: 10_000,
  })
}

type Options = Omit<RedisOptions, 'replyMapping'>

function connect(
  { redisUrl, redisLogin, logger }: RedisAddress & { logger: Logger },
  options: Options,
): Redis {
  const Client = redisLogin ? clientWith(redisLogin, logger) : Redis
  return watched(new Client(redisUrl, options), logger)
}

/** How soon credentials that Redis did not take are offered to it again. */
const OFFER_AGAIN_MS = 5000

/**
 * Comes with the credentials of the moment whenever it connects, and tells Redis on the connection it has when
 * there are others: nobody is disconnected by that, and commands go on. So do its duplicates, BullMQ's among them.
 */
function clientWith(login: RedisLogin, logger: Logger): typeof Redis {
  return class RedisWithLogin extends Redis {
    // Set while the constructor of ioredis, which connects, is running: a field would be made anew after it.
    declare private offered: RedisCredentials | undefined
    declare private stopListening: (() => void) | undefined

    override connect(callback?: Parameters<Redis['connect']>[0]): Promise<void> {
      this.offered = login.current()
      if (this.offered) Object.assign(this.options, this.offered)
      if (!this.stopListening) {
        this.stopListening = login.onChange(() => void this.offer())
        // There may be others since the handshake began.
        this.on('ready', () => void this.offer())
        this.on('end', () => {
          this.stopListening?.()
          this.stopListening = undefined
        })
      }
      return super.connect(callback)
    }

    override duplicate(override?: Partial<RedisOptions>): Redis {
      const { replyMapping: _, ...options } = { ...this.options, ...override }
      return new RedisWithLogin(options)
    }

    private async offer(): Promise<void> {
      const credentials = login.current()
      if (this.status !== 'ready' || !credentials || credentials === this.offered) return
      this.offered = credentials
      // Without RESP3 a subscriber can say nothing else; it subscribes anew.
      if (this.mode === 'subscriber') return this.disconnect(true)
      try {
        await this.auth(credentials.username, credentials.password)
      } catch (err) {
        if (this.status !== 'ready') return
        logger.warn(
          { err },
          'Redis does not take the renewed credentials; the connection stays, trying again',
        )
        this.offered = undefined
        setTimeout(() => void this.offer(), OFFER_AGAIN_MS * (0.5 + Math.random() / 2)).unref()
      }
    }
  }
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
export function consumerConnection(options: RedisAddress & { logger: Logger; stopping: AbortSignal }): Redis {
  const { stopping } = options
  const retryStrategy = (times: number) => (stopping.aborted ? null : retryDelayMs(times))
  return connect(options, { ...SHARED_OPTIONS, ...PATIENT_OPTIONS, retryStrategy })
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
