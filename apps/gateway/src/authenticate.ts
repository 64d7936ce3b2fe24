import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { API_KEY_PREFIX } from '@lupa/core/clients/api-key-text'
import { LupaError } from '@lupa/core/domain/errors'
import { EVERY_SCOPE, grantedBy } from '@lupa/core/domain/scope'
import type { Caller } from './caller.ts'
import type { Credentials, GatewayConfig } from './config.ts'
import type { KnownKeys } from './known-keys.ts'
import type { VerifyToken } from './verify-token.ts'

/**
 * Finds out who sent these headers. Rejects with `unauthorized` when they are wrong about it; undefined: they
 * do not say.
 * @param options.isSuspect tells whether whoever sent them was wrong too often of late
 */
export type Authenticate = (
  headers: IncomingHttpHeaders,
  options: { isSuspect: () => Promise<boolean> },
) => Promise<Caller | undefined>

export interface AuthenticateDeps {
  config: Pick<GatewayConfig, 'isOpen' | 'credentials' | 'apiKeys'>
  knownKeys: KnownKeys
  verifyToken: VerifyToken | null
}

/** Whoever sits at this machine, when nobody has to say who they are. */
const LOCAL: Caller = { client: 'local', scopes: EVERY_SCOPE, keyId: null, imagesPerMinute: null }

export function createAuthenticate({ config, knownKeys, verifyToken }: AuthenticateDeps): Authenticate {
  const { isOpen, credentials } = config
  const configured = config.apiKeys.map(({ client, key, scopes }) => ({
    digest: digest(key),
    caller: { client: `key:${client}`, scopes: grantedBy(scopes), keyId: null, imagesPerMinute: null },
  }))

  return async function authenticate(headers, { isSuspect }) {
    const { scheme, username, given } = readCredentials(headers)
    // Only keys are looked at where nobody has to say who they are: to try them, before they are needed.
    if (isOpen && !given.startsWith(API_KEY_PREFIX)) return LOCAL
    if (scheme === 'none') return undefined
    if (scheme === 'other') throw refused('The Authorization header is neither `Bearer <key>` nor Basic.')
    const caller = byConfiguredKey(given) ?? (await byStoredKey(given, isSuspect))
    if (caller) return caller
    if (scheme === 'basic') return byPassword({ username, password: given }, await isSuspect())
    if (scheme === 'bearer' && verifyToken && isToken(given)) return verifyToken(given)
    throw refused('The API key is not known, has expired, or is revoked.')
  }

  /** A password may be guessed, so those who guess much are not even told when they are right. */
  function byPassword(given: Credentials, isSuspect: boolean): Caller {
    const { username, password } = credentials ?? { username: '', password: '' }
    // Both are compared always, so that time tells nothing of which was wrong.
    const isUser = equals(given.username, username)
    const isPassword = equals(given.password, password)
    if (!credentials || !isUser || !isPassword || isSuspect) throw refused('User name or password are wrong.')
    return { client: `basic:${username}`, scopes: EVERY_SCOPE, keyId: null, imagesPerMinute: null }
  }

  /** All are compared always. */
  function byConfiguredKey(key: string): Caller | undefined {
    const given = digest(key)
    return configured.filter((one) => timingSafeEqual(one.digest, given))[0]?.caller
  }

  async function byStoredKey(text: string, isSuspect: () => Promise<boolean>): Promise<Caller | undefined> {
    const key = await knownKeys.find(text, { mayAsk: async () => !(await isSuspect()) })
    if (!key) return undefined
    return {
      client: `key:${key.client}`,
      scopes: grantedBy(key.scopes),
      keyId: key.id,
      imagesPerMinute: key.rate_limit_per_minute,
    }
  }
}

/** What a request brings: a key, a token or a password, and the user name beside it. */
interface Given {
  scheme: 'none' | 'basic' | 'bearer' | 'key' | 'other'
  username: string
  given: string
}

/** With Basic, a key may stand where the password does, under any user name: browsers ask for nothing else. */
export function readCredentials(headers: IncomingHttpHeaders): Given {
  const { authorization, 'x-api-key': key } = headers
  if (authorization === undefined) {
    return typeof key === 'string'
      ? { scheme: 'key', username: '', given: key }
      : { scheme: 'none', username: '', given: '' }
  }
  const [, scheme = '', given = ''] = /^(\S+) +(\S+) *$/.exec(authorization) ?? []
  const known = scheme.toLowerCase()
  if (known === 'basic') {
    const { username, password } = readPair(given)
    return { scheme: 'basic', username, given: password }
  }
  return { scheme: known === 'bearer' ? 'bearer' : 'other', username: '', given }
}

function readPair(encoded: string): Credentials {
  const pair = /^[A-Za-z0-9+/=_-]+$/.test(encoded) ? Buffer.from(encoded, 'base64').toString() : ''
  const colon = pair.indexOf(':')
  return colon < 0
    ? { username: '', password: '' }
    : { username: pair.slice(0, colon), password: pair.slice(colon + 1) }
}

const isToken = (text: string) => /^[\w-]+\.[\w-]+\.[\w-]+$/.test(text)

function refused(why: string): LupaError {
  return new LupaError('unauthorized', why)
}

/** In constant time, whatever the lengths: digests are of one length. */
function equals(given: string, wanted: string): boolean {
  return timingSafeEqual(digest(given), digest(wanted))
}

const digest = (text: string) => createHash('sha256').update(text).digest()
