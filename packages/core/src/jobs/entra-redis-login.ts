import { setTimeout as sleep } from 'node:timers/promises'
import type { AccessToken, TokenCredential } from '@azure/identity'
import type { Logger } from '../runtime/logger.ts'
import type { RedisCredentials, RedisLogin } from './redis-login.ts'

const SCOPE = 'https://redis.azure.com/.default'
/** What is left of a token's life when the next one is asked for, where Azure does not say when. */
const RENEW_WITH_LEFT = 0.25
/** Of a token's life; not all processes ask at once. */
const JITTER = 0.05
/** A library that keeps tokens may give the old one once more: until a few minutes before its end. */
const SAME_AGAIN_MS = 30_000
const FIRST_PAUSE_MS = 1000
const LONGEST_PAUSE_MS = 30_000
/** A process that starts waits so long for its first token; then it begins without. */
const FIRST_TOKEN_MS = 10_000

export interface EntraRedisLoginOptions {
  credential: TokenCredential
  /** The object id of our identity; otherwise what the token says of it. */
  username?: string | undefined
  logger: Logger
  /** For tests, which have no hours. */
  firstPauseMs?: number
  sameAgainMs?: number
}

/**
 * Microsoft Entra ID's way into Azure Managed Redis: the password is a token, asked for again well before it
 * ends. Azure closes connections whose token has ended, so a renewal that fails is tried until it succeeds.
 * https://learn.microsoft.com/azure/redis/entra-for-authentication
 */
export async function openEntraRedisLogin(
  options: EntraRedisLoginOptions,
): Promise<RedisLogin & AsyncDisposable> {
  const { logger } = options
  const { firstPauseMs = FIRST_PAUSE_MS, sameAgainMs = SAME_AGAIN_MS } = options
  const closing = new AbortController()
  const listeners = new Set<() => void>()
  const first = Promise.withResolvers<void>()
  let credentials: RedisCredentials | undefined

  async function keepRenewed(): Promise<void> {
    let failures = 0
    let endsAtMs = Number.NEGATIVE_INFINITY
    while (!closing.signal.aborted) {
      try {
        const { token, ...times } = await askForToken(options.credential, closing.signal)
        const isNew = token !== credentials?.password
        if (isNew) {
          credentials = { username: options.username ?? objectIdIn(token), password: token }
          for (const tell of listeners) tell()
          first.resolve()
        }
        if (failures > 0) logger.info('the token for Redis was renewed')
        failures = 0
        endsAtMs = times.expiresOnTimestamp
        await pause(isNew ? msUntilRenewal(times) : sameAgainMs * between(0.5, 1))
      } catch (err) {
        if (closing.signal.aborted) return
        const secondsLeft = Math.round((endsAtMs - Date.now()) / 1000)
        if (secondsLeft > 0) {
          const told = { err, seconds_left: secondsLeft }
          logger.warn(told, 'the token for Redis could not be renewed; trying again while it lasts')
        } else {
          logger.error({ err }, 'there is no token for Redis, which refuses us; trying again until there is')
        }
        await pause(Math.min(firstPauseMs * 2 ** failures++, LONGEST_PAUSE_MS) * between(0.5, 1))
      }
    }
  }

  async function pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: closing.signal }).catch(() => {})
  }

  const renewing = keepRenewed()
  await Promise.race([first.promise, pause(FIRST_TOKEN_MS)])

  return {
    current: () => credentials,
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    async [Symbol.asyncDispose]() {
      closing.abort()
      await renewing
    },
  }
}

async function askForToken(credential: TokenCredential, abortSignal: AbortSignal): Promise<AccessToken> {
  const token = await credential.getToken(SCOPE, { abortSignal })
  if (!token) throw new Error('No identity of this machine has a token for Redis')
  return token
}

function msUntilRenewal({ expiresOnTimestamp, refreshAfterTimestamp }: Omit<AccessToken, 'token'>): number {
  const lifeMs = Math.max(0, expiresOnTimestamp - Date.now())
  const dueMs = refreshAfterTimestamp ? refreshAfterTimestamp - Date.now() : lifeMs * (1 - RENEW_WITH_LEFT)
  // A token that Azure gives with its end before it is asked for again at once, and not in a tight circle.
  return Math.max(FIRST_PAUSE_MS / 10, dueMs - lifeMs * JITTER * Math.random())
}

/** Redis knows an identity by this: https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference */
function objectIdIn(token: string): string {
  const [, claims = ''] = token.split('.')
  try {
    const { oid } = JSON.parse(Buffer.from(claims, 'base64url').toString()) as { oid?: unknown }
    if (typeof oid === 'string' && oid !== '') return oid
  } catch {
    // Said below.
  }
  throw new Error(
    'The token for Redis does not say whose it is. Put the object id of the identity into REDIS_URL: rediss://OBJECT_ID@host:port',
  )
}

function between(least: number, most: number): number {
  return least + Math.random() * (most - least)
}
