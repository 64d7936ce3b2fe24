import type { RateDemand, RateLimit, RateState, RateVerdict } from '@lupa/core/clients/rate-limit'
import { LupaError } from '@lupa/core/domain/errors'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { App } from '../app-type.ts'
import type { Breakers } from '../breaker.ts'
import type { ClientLimits } from '../config.ts'
import { onRequestWhere } from '../on-request-where.ts'
import { callerOf } from './auth.ts'

/** Holds clients to what they may send. */
export interface Quota {
  /**
   * Takes so much of what the client of a request may send, and tells what is left. Rejects with `rate_limited`
   * and an honest `Retry-After` when that is more than is left; of what is 0, when nothing is left.
   */
  take(request: FastifyRequest, reply: FastifyReply, sent: Sent): Promise<void>
  /** Takes the bytes of an image that the request did not declare: they came in chunks, or from elsewhere. */
  takeUndeclared(request: FastifyRequest, reply: FastifyReply, imageBytes: number): Promise<void>
}

export interface Sent {
  images?: number
  bytes?: number
  /** Asked for, to put images at. */
  uploads?: number
}

export interface QuotaDeps {
  limits: ClientLimits
  /** Shared by all gateways. */
  rateLimit: RateLimit
  /** For when that one cannot be asked. */
  localRateLimit: RateLimit
  breakers: Breakers
}

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000

const VERDICTS = Symbol('verdicts')

type Asked = RateDemand & { policy: 'images' | 'bytes' | 'uploads' }

export function createQuota({ limits, rateLimit, localRateLimit, breakers }: QuotaDeps): Quota {
  return {
    take,

    async takeUndeclared(request, reply, imageBytes) {
      const bytes = imageBytes - declaredBytes(request)
      if (bytes > 0) await take(request, reply, { bytes })
    },
  }

  async function take(request: FastifyRequest, reply: FastifyReply, sent: Sent): Promise<void> {
    const asked = demandsOf(request, sent)
    if (asked.length === 0) return
    const shared = await askShared(asked)
    const verdict = shared ?? (await localRateLimit.take(asked))
    if (sent.images !== undefined || !verdict.granted) sayWhatIsLeft(reply, asked, verdict.states)
    if (shared?.granted) request.setDecorator(VERDICTS, [...verdictsOn(request), shared])
    if (verdict.granted) return
    const late = verdict.states.reduce((one, other) => (one.retryAfterMs >= other.retryAfterMs ? one : other))
    const seconds = toSeconds(late.retryAfterMs)
    reply.header('retry-after', seconds)
    throw refusal(late, asked[verdict.states.indexOf(late)]?.policy, seconds)
  }

  function demandsOf(request: FastifyRequest, { images, bytes, uploads }: Sent): Asked[] {
    const { client, keyId, imagesPerMinute } = callerOf(request)
    const aMinute = (policy: 'images' | 'uploads', cost: number | undefined) =>
      cost !== undefined && {
        policy,
        name: imagesPerMinute === null ? `${policy}:${client}` : `${policy}:key:${keyId}`,
        limit: imagesPerMinute ?? limits.imagesPerMinute,
        windowMs: MINUTE_MS,
        cost,
      }
    const ofBytes = bytes !== undefined && {
      policy: 'bytes' as const,
      name: `bytes:${client}`,
      limit: limits.bytesPerDay,
      windowMs: DAY_MS,
      cost: bytes,
    }
    return [aMinute('images', images), aMinute('uploads', uploads), ofBytes]
      .filter((one) => one !== false)
      .filter(({ limit }) => limit > 0)
  }

  /** Undefined: it cannot be asked. */
  async function askShared(asked: RateDemand[]): Promise<RateVerdict | undefined> {
    if (breakers.redis.report().state !== 'closed') return undefined
    try {
      return await breakers.redis.watch(() => rateLimit.take(asked))
    } catch {
      return undefined
    }
  }
}

/** Counts requests that bring an image before their body is read. */
export function registerRateLimit(
  app: App,
  { quota, rateLimit }: { quota: Quota; rateLimit: RateLimit },
): void {
  app.decorateRequest(VERDICTS, null)
  onRequestWhere(app, takesSomething, async (request, reply) => {
    const { takesImage } = request.routeOptions.config as { takesImage?: boolean }
    // How many images a batch holds is known when it was read.
    const sent = takesImage ? { images: 1, bytes: declaredBytes(request) } : { images: 0, bytes: 0 }
    await quota.take(request, reply, sent)
  })
  // What the service had no room for was not sent. A limit that is counted here alone gives nothing back: it
  // holds while Redis is away, when all is refused.
  app.addHook('onResponse', (request, reply, done) => {
    if (reply.statusCode === 503 || reply.statusCode === 429) void giveBack(request)
    done()
  })

  async function giveBack(request: FastifyRequest): Promise<void> {
    for (const verdict of verdictsOn(request)) {
      await rateLimit
        .giveBack(verdict)
        .catch((err) => request.log.warn({ err }, 'what a refused request took of a limit is not given back'))
    }
  }
}

function takesSomething(config: object): boolean {
  const { takesImage = false, takesBatch = false } = config as { takesImage?: boolean; takesBatch?: boolean }
  return takesImage || takesBatch
}

function verdictsOn(request: FastifyRequest): RateVerdict[] {
  return request.getDecorator<RateVerdict[] | null>(VERDICTS) ?? []
}

function declaredBytes({ headers }: FastifyRequest): number {
  const declared = Number(headers['content-length'])
  return Number.isSafeInteger(declared) ? declared : 0
}

/** https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/ */
function sayWhatIsLeft(reply: FastifyReply, asked: Asked[], states: RateState[]): void {
  const policies = asked.map(({ policy, limit, windowMs }) => {
    const unit = policy === 'bytes' ? ';qu="content-bytes"' : ''
    return `"${policy}";q=${limit}${unit};w=${windowMs / 1000}`
  })
  const left = asked.map(({ policy }, index) => {
    const { remaining = 0, resetMs = 0 } = states[index] ?? {}
    return `"${policy}";r=${remaining};t=${Math.ceil(resetMs / 1000)}`
  })
  reply.header('ratelimit-policy', policies.join(', ')).header('ratelimit', left.join(', '))
}

function refusal(
  { limit, cost }: RateState,
  policy: Asked['policy'] | undefined,
  seconds: number,
): LupaError {
  const sent = MAY_SEND[policy ?? 'images'](limit)
  const many = cost > 1 ? `, and this has ${cost}` : ''
  return new LupaError(
    'rate_limited',
    `${sent}${many}. Nothing was stored. Send it again in ${seconds} seconds.`,
  )
}

/** As many uploads may be asked for as images may be submitted. */
const MAY_SEND = {
  images: (limit: number) => `You may submit ${limit} images in a minute`,
  uploads: (limit: number) => `You may ask for ${limit} uploads in a minute`,
  bytes: (limit: number) => `You may send ${limit} bytes of images in a day`,
}

const toSeconds = (ms: number) => Math.max(1, Math.ceil(ms / 1000))
