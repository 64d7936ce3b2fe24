import type { IncomingHttpHeaders } from 'node:http'
import { idOfApiKey } from '@lupa/core/clients/api-key-text'
import { createLocalRateLimit } from '@lupa/core/clients/local-rate-limit'
import { LupaError } from '@lupa/core/domain/errors'
import { Scope } from '@lupa/core/domain/scope'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { App } from '../app-type.ts'
import { type Authenticate, readCredentials } from '../authenticate.ts'
import type { Caller } from '../caller.ts'
import type { GatewayConfig } from '../config.ts'
import { LINK, type SignedLinks } from '../signed-links.ts'
import { networkOf } from '../user-ip.ts'
import { pathOf } from './errors.ts'

/**
 * What a route asks of who calls it, as `config: { scope: … }`. `any`: to be a client. `optional`: nothing, but
 * clients see more. `none`: nothing, not even to be looked at.
 */
export type RouteScope = Scope | 'any' | 'optional' | 'none'

export interface AuthDeps {
  authenticate: Authenticate
  links: SignedLinks
  config: Pick<GatewayConfig, 'isOpen' | 'credentials'>
}

const CALLER = Symbol('caller')

/**
 * From one address. Passwords can be guessed: beyond, not even the right one is let in. Keys and tokens cannot:
 * beyond, the job store is not asked about keys that were never heard of.
 */
const FAILURES_PER_MINUTE = { password: 30, key: 600 }

/** Asks who calls, and whether they may, before anything else of a request is looked at. */
export function registerAuth(app: App, { authenticate, links, config }: AuthDeps): void {
  const failures = createLocalRateLimit()
  app.decorateRequest(CALLER, null)
  app.addHook('onRoute', ({ method, url, config: route }) => {
    if (!isRouteScope(route?.['scope' as never])) {
      throw new Error(
        `${String(method)} ${url} does not say which scope it needs: add \`config: { scope: … }\`.`,
      )
    }
  })
  app.addHook('onRequest', async (request, reply) => {
    const needed = scopeOf(request)
    if (needed === 'none') return
    if (needed === 'optional') {
      request.setDecorator(CALLER, (await identify(request).catch(() => undefined)) ?? null)
      return
    }
    const allowed = await bySignedLink(request, needed, links)
    if (allowed) {
      request.setDecorator(CALLER, allowed)
      return
    }
    const caller = await identify(request).catch((error) => {
      throw toChallenge(error, reply)
    })
    if (!caller) throw toChallenge(new LupaError('unauthorized', howToComeIn(config)), reply)
    request.setDecorator(CALLER, caller)
    if (needed !== 'any' && !caller.scopes.has(needed)) throw toForbidden(needed, caller, reply)
  })

  async function identify(request: FastifyRequest): Promise<Caller | undefined> {
    const headers = withKeyInQuery(request)
    const { scheme, given } = readCredentials(headers)
    const kind = scheme === 'basic' && idOfApiKey(given) === undefined ? 'password' : 'key'
    const countFailures = (cost: number) =>
      failures.take([
        {
          name: `${kind}:${networkOf(request.ip)}`,
          limit: FAILURES_PER_MINUTE[kind],
          windowMs: 60_000,
          cost,
        },
      ])
    const isSuspect = async () => !(await countFailures(0)).granted
    try {
      return await authenticate(headers, { isSuspect })
    } catch (error) {
      if (!(error instanceof LupaError) || error.code !== 'unauthorized') throw error
      const { granted, states } = await countFailures(1)
      throw granted ? error : tooManyFailures(states[0]?.retryAfterMs ?? 0)
    }
  }
}

/**
 * A link that its owner had signed allows what it says and nothing else, on the routes that take one
 * (`signedLink`). It is taken out of the query, which is the same with and without it.
 */
async function bySignedLink(
  { method, url, query, routeOptions }: FastifyRequest,
  needed: RouteScope,
  links: SignedLinks,
): Promise<Caller | undefined> {
  const { signedLink } = routeOptions.config as { signedLink?: boolean }
  const given = (query as Record<string, unknown>)[LINK]
  if (!signedLink || given === undefined) return undefined
  delete (query as Record<string, unknown>)[LINK]
  const client = await links.open(typeof given === 'string' ? given : '', { method, path: pathOf(url) })
  const scopes = new Set(Scope.options.filter((scope) => scope === needed))
  return { client, scopes, keyId: null, imagesPerMinute: null }
}

/**
 * With the key from the query, on the routes that take it there: clients of another service may know no other
 * way. No log of ours has the query.
 */
function withKeyInQuery({ headers, query, routeOptions }: FastifyRequest): IncomingHttpHeaders {
  const { keyInQuery } = routeOptions.config as { keyInQuery?: string }
  const given = keyInQuery === undefined ? undefined : (query as Record<string, unknown>)[keyInQuery]
  const saysOtherwise = headers.authorization !== undefined || headers['x-api-key'] !== undefined
  if (typeof given !== 'string' || given === '' || saysOtherwise) return headers
  return { ...headers, 'x-api-key': given }
}

function toChallenge(error: unknown, reply: FastifyReply): unknown {
  if (error instanceof TooManyFailures) reply.header('retry-after', error.retryAfterSeconds)
  else if (error instanceof LupaError && error.code === 'unauthorized') {
    const isWrong = reply.request.headers.authorization?.toLowerCase().startsWith('bearer ')
    const bearer = `Bearer realm="Lupa"${isWrong ? ', error="invalid_token"' : ''}`
    reply.header('www-authenticate', `Basic realm="Lupa", charset="UTF-8", ${bearer}`)
  }
  return error
}

/** Who calls. Every job belongs to one client. */
export function clientOf(request: FastifyRequest): string {
  return callerOf(request).client
}

export function callerOf(request: FastifyRequest): Caller {
  const caller = request.getDecorator<Caller | null>(CALLER)
  if (caller === null) throw new Error('This address is open to all, so it has no client')
  return caller
}

export function isKnownClient(request: FastifyRequest): boolean {
  return request.getDecorator<Caller | null>(CALLER) !== null
}

/** What is not there is told to clients only. */
function scopeOf({ routeOptions }: FastifyRequest): RouteScope {
  return (routeOptions.config as { scope?: RouteScope }).scope ?? 'any'
}

export function isRouteScope(scope: unknown): scope is RouteScope {
  return scope === 'any' || scope === 'optional' || scope === 'none' || Scope.safeParse(scope).success
}

function howToComeIn({ credentials }: AuthDeps['config']): string {
  const byPassword = credentials
    ? ', or the user name and password of this service by HTTP Basic: with curl, `-u user:password`'
    : ''
  return (
    'Send an API key, as `Authorization: Bearer lupa_…` or as `X-API-Key: lupa_…`, or in a browser as the ' +
    `password, with any user name${byPassword}.`
  )
}

/** https://www.rfc-editor.org/rfc/rfc6750#section-3.1 */
function toForbidden(needed: Scope, { client, scopes }: Caller, reply: FastifyReply): LupaError {
  reply.header('www-authenticate', `Bearer realm="Lupa", error="insufficient_scope", scope="${needed}"`)
  const has = [...scopes].join(', ') || 'none'
  return new LupaError(
    'forbidden',
    `This needs the scope ${needed}; the client ${client} came with ${has}. Use a key that has it.`,
  )
}

class TooManyFailures extends LupaError {
  readonly retryAfterSeconds: number

  constructor(retryAfterSeconds: number) {
    super(
      'rate_limited',
      `Wrong credentials came from your address too often. Send the right ones, in ${retryAfterSeconds} seconds.`,
    )
    this.retryAfterSeconds = retryAfterSeconds
  }
}

function tooManyFailures(retryAfterMs: number): TooManyFailures {
  return new TooManyFailures(Math.max(1, Math.ceil(retryAfterMs / 1000)))
}
