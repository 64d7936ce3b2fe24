import { createHash, timingSafeEqual } from 'node:crypto'
import { LupaError } from '@lupa/core/domain/errors'
import type { FastifyRequest } from 'fastify'
import type { App } from '../app-type.ts'
import type { Credentials } from '../config.ts'
import { pathOf } from './errors.ts'

/** Whose jobs these are when nobody has to say who they are. */
const LOCAL_CLIENT = 'local'

const OPEN_PATHS = new Set(['/livez', '/readyz', '/health', '/openapi.json'])

const CLIENT = Symbol('client')

/** What a client may do beside what it may with its own jobs. A route says in its `config.scope` what it asks for. */
export type Scope = 'models:write'

export type ScopesOf = (client: string) => ReadonlySet<Scope>

/** Who knows the one password, or sits at this machine, runs the service. */
const everyScope: ScopesOf = () => new Set(['models:write'])

/** HTTP Basic on everything but probes and the API's description; without credentials, nothing is asked. */
export function registerAuth(
  app: App,
  { credentials, scopesOf = everyScope }: { credentials: Credentials | null; scopesOf?: ScopesOf },
): void {
  app.decorateRequest(CLIENT, null)
  app.addHook('onRequest', async (request, reply) => {
    const client = clientFrom(request.headers.authorization, credentials)
    request.setDecorator(CLIENT, client)
    if (client === null && !OPEN_PATHS.has(pathOf(request.url))) {
      reply.header('www-authenticate', 'Basic realm="Lupa", charset="UTF-8"')
      throw new LupaError(
        'unauthorized',
        'Send the user name and password of this service by HTTP Basic: with curl, `-u user:password`.',
      )
    }
    const { scope } = request.routeOptions.config as { scope?: Scope }
    if (client !== null && scope !== undefined && !scopesOf(client).has(scope)) {
      throw new LupaError(
        'forbidden',
        `This needs the scope ${scope}, which the client ${client} does not have.`,
      )
    }
  })
}

/** Who calls. Every job belongs to one client. */
export function clientOf(request: FastifyRequest): string {
  const client = request.getDecorator<string | null>(CLIENT)
  if (client === null) throw new Error('This address is open to all, so it has no client')
  return client
}

export function isKnownClient(request: FastifyRequest): boolean {
  return request.getDecorator<string | null>(CLIENT) !== null
}

function clientFrom(authorization: string | undefined, credentials: Credentials | null): string | null {
  if (!credentials) return LOCAL_CLIENT
  const given = readBasic(authorization)
  // Both are compared always, so that time tells nothing of which was wrong.
  const isUser = equals(given.username, credentials.username)
  const isPassword = equals(given.password, credentials.password)
  return isUser && isPassword ? `basic:${credentials.username}` : null
}

function readBasic(authorization = ''): Credentials {
  const [, encoded = ''] = /^Basic +([A-Za-z0-9+/=_-]+) *$/i.exec(authorization) ?? []
  const pair = Buffer.from(encoded, 'base64').toString()
  const colon = pair.indexOf(':')
  return colon < 0
    ? { username: '', password: '' }
    : { username: pair.slice(0, colon), password: pair.slice(colon + 1) }
}

/** In constant time, whatever the lengths: digests are of one length. */
function equals(given: string, wanted: string): boolean {
  return timingSafeEqual(digest(given), digest(wanted))
}

const digest = (text: string) => createHash('sha256').update(text).digest()
