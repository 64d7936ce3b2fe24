import { ERRORS, type ErrorCode, LupaError } from '../domain/errors.ts'
import { openBullmqQueue } from '../jobs/bullmq-queue.ts'
import { askRedis, KEY_PREFIX, type RedisAddress } from '../jobs/redis-connection.ts'
import { NOW_MS, redisScript } from '../jobs/redis-script.ts'
import type { Logger } from '../runtime/logger.ts'
import type { RenderOrder } from './render-order.ts'
import type { RenderQueue } from './render-queue.ts'

export const RENDERS_QUEUE = 'renders'

/** Orders that wait or are being made, of all clients and of one. */
const LIMIT = 200
const CLIENT_LIMIT = 20
/** A place that its worker did not give back is free after this long. */
const PLACE_MS = 120_000
/** So long a failure answers the same order. */
const FAILURE_SECONDS = 60

/** Gives the order a place; 0 when the client has too many, 1 when all have, 2 when it has one. */
const takePlace = redisScript(`${NOW_MS}
local all, mine, id, limit, clientLimit, placeMs = KEYS[1], KEYS[2], ARGV[1], ARGV[2], ARGV[3], ARGV[4]
redis.call('ZREMRANGEBYSCORE', all, '-inf', now)
redis.call('ZREMRANGEBYSCORE', mine, '-inf', now)
if not redis.call('ZSCORE', mine, id) then
  if redis.call('ZCARD', mine) >= tonumber(clientLimit) then return 0 end
  if redis.call('ZCARD', all) >= tonumber(limit) then return 1 end
end
for _, places in ipairs({ all, mine }) do
  redis.call('ZADD', places, now + placeMs, id)
  redis.call('PEXPIRE', places, placeMs)
end
return 2`)

const ALL = `${KEY_PREFIX}:renders:places`

export const placesOfRenders = (client: string): [string, string] => [ALL, `${ALL}:of:${client}`]

/** BullMQ knows an order by this. */
export const renderId = ({ jobId, name }: RenderOrder) => `${jobId}/${name}`

/** How a failure is told through BullMQ, which keeps the message of an error alone. */
export const toFailedReason = ({ code, message, retryable }: LupaError) =>
  JSON.stringify({ code, detail: message, retryable })

function fromFailedReason(reason: string): LupaError {
  try {
    const { code, detail, retryable } = JSON.parse(reason) as {
      code: ErrorCode
      detail: string
      retryable: boolean
    }
    if (code in ERRORS) return new LupaError(code, detail, { retryable })
  } catch {
    // Not one of ours.
  }
  return new LupaError(
    'render_failed',
    'The picture could not be made; the log of the worker has the reason.',
  )
}

export function createBullmqRenderQueue(
  options: RedisAddress & { logger: Logger; limit?: number; clientLimit?: number },
): RenderQueue {
  const { limit = LIMIT, clientLimit = CLIENT_LIMIT } = options
  const { queue, redis, close } = openBullmqQueue<RenderOrder>(RENDERS_QUEUE, { attempts: 2 }, options)

  return {
    async request(order) {
      const id = renderId(order)
      const place = await askRedis(redis, async () => {
        const known = await queue.getJob(id)
        if (known && (await known.getState()) === 'failed') {
          if (freshFailure(known)) return 2
          await known.remove()
        }
        const taken = await takePlace(redis, placesOfRenders(order.client), [
          id,
          limit,
          clientLimit,
          PLACE_MS,
        ])
        if (taken !== 2) return taken
        await queue.add('render', order, { jobId: id, removeOnFail: { age: FAILURE_SECONDS } })
        return taken
      })
      if (place === 0) {
        const detail = `${clientLimit} pictures of yours are being made, which is the most. Ask again in a few seconds.`
        throw new LupaError('share_full', detail)
      }
      if (place === 1)
        throw new LupaError('queue_full', 'Too many pictures are being made. Ask again in a few seconds.')
    },

    state(order) {
      return askRedis(redis, async () => {
        const job = await queue.getJob(renderId(order))
        if (!job) return undefined
        const state = await job.getState()
        if (state === 'failed') return freshFailure(job)
        return state === 'completed' || state === 'unknown' ? undefined : 'pending'
      })
    },

    close,
  }
}

/** Undefined when it has been long enough to try again. */
function freshFailure(job: {
  failedReason?: string
  finishedOn?: number | undefined
}): LupaError | undefined {
  const ageMs = Date.now() - (job.finishedOn ?? 0)
  return ageMs < FAILURE_SECONDS * 1000 ? fromFailedReason(job.failedReason ?? '') : undefined
}
