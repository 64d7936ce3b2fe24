import { isIPv6 } from 'node:net'
import { LupaError } from '@lupa/core/domain/errors'
import { isLoopback } from '@lupa/core/runtime/settings'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { App } from '../app-type.ts'
import type { GatewayConfig } from '../config.ts'

/**
 * A route that serves a page says so, as `config: { page: {} }`, and names what it may load beyond its own
 * address: a hash or a nonce, never `'unsafe-inline'`.
 */
export type PagePolicy = Partial<Record<keyof typeof PAGE_POLICY, string[]>>

/**
 * A route that serves a part of a page says so, as `config: { asset: … }`. `hashed`: its name changes with what
 * is in it. `named`: it does not.
 */
export type Asset = 'hashed' | 'named'

/** The console: scripts and styles of its own, images as blobs and `data:` URLs, the camera. */
const PAGE_POLICY = {
  'default-src': ["'none'"],
  'script-src': ["'self'"],
  'style-src': ["'self'"],
  'img-src': ["'self'", 'blob:', 'data:'],
  'media-src': ["'self'", 'blob:'],
  'font-src': ["'self'"],
  'connect-src': ["'self'"],
  'manifest-src': ["'self'"],
  'worker-src': ["'self'"],
  'frame-ancestors': ["'none'"],
  'base-uri': ["'none'"],
  'form-action': ["'self'"],
}

const ALWAYS = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
}

/** Answers of the API are no pages, even when a browser is led to one. */
const OF_THE_API = {
  ...ALWAYS,
  'content-security-policy':
    "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  'cache-control': 'private, no-store',
}

/** What a page may ask the browser for: the camera, for pictures to send. */
const PERMISSIONS = [
  'camera=(self)',
  'clipboard-write=(self)',
  'fullscreen=(self)',
  ...['geolocation', 'microphone', 'payment', 'usb', 'serial', 'hid', 'display-capture'].map(
    (feature) => `${feature}=()`,
  ),
].join(', ')

/** Long enough for browsers to count it, and of this host alone. */
const ONLY_BY_HTTPS = 'max-age=31536000'

/**
 * Keeps browsers from being used against who sits at them: headers for all that is served, and no to what pages
 * of other sites make them send. Programs notice nothing.
 */
export function registerBrowsers(app: App, { config }: { config: Pick<GatewayConfig, 'isOpen'> }): void {
  app.addHook('onRoute', (route) => {
    const { page, asset } = (route.config ?? {}) as { page?: PagePolicy; asset?: Asset }
    const headers = page ? ofPage(page) : asset ? ofAsset(asset) : OF_THE_API
    route.config = { ...route.config, browserHeaders: headers } as never
  })
  app.addHook('onRequest', (request, reply, done) => {
    sayWhatBrowsersMayDo(request, reply)
    if (config.isOpen) refuseForeignHost(request)
    refuseOtherSites(request)
    done()
  })
}

/** What a route has of its own is set later, and counts. */
export function sayWhatBrowsersMayDo(request: FastifyRequest, reply: FastifyReply): void {
  const { browserHeaders } = request.routeOptions.config as { browserHeaders?: Record<string, string> }
  reply.headers(browserHeaders ?? OF_THE_API)
  if (request.protocol === 'https') reply.header('strict-transport-security', ONLY_BY_HTTPS)
}

function ofPage(policy: PagePolicy): Record<string, string> {
  const directives = Object.entries(PAGE_POLICY).map(([directive, sources]) => {
    const more = policy[directive as keyof PagePolicy] ?? []
    return [directive, ...sources, ...more].join(' ')
  })
  return {
    ...ALWAYS,
    'content-security-policy': directives.join('; '),
    'cross-origin-opener-policy': 'same-origin',
    'permissions-policy': PERMISSIONS,
    'cache-control': 'private, no-cache',
  }
}

function ofAsset(asset: Asset): Record<string, string> {
  return {
    ...OF_THE_API,
    'cache-control': asset === 'hashed' ? 'private, max-age=31536000, immutable' : 'private, no-cache',
  }
}

/**
 * Where nobody has to say who they are, a page of any site could have its own name lead to this machine, and
 * read all (DNS rebinding). The browser still says the name of that site.
 */
function refuseForeignHost({ headers: { host }, routeOptions }: FastifyRequest): void {
  const isProbe = (routeOptions.config as { scope?: string }).scope === 'none'
  if (isProbe || host === undefined || isThisMachine(host)) return
  throw new LupaError(
    'host_refused',
    `Without credentials this service answers to localhost, 127.0.0.1 and [::1] only, not to ${JSON.stringify(host.slice(0, 100))}. ` +
      'Ask for it by one of those, or set API_USERNAME and API_PASSWORD.',
  )
}

function isThisMachine(host: string): boolean {
  if (/[/@?#\\]/.test(host) || !URL.canParse(`http://${host}`)) return false
  const { hostname } = new URL(`http://${host}`)
  const name = hostname.replace(/^\[|\]$|\.$/g, '')
  return isLoopback(name) || (!isIPv6(name) && name.endsWith('.localhost'))
}

const CHANGES_NOTHING = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * Browsers send the password they know with whatever any page makes them send (CSRF), and say whose page it
 * was: https://www.w3.org/TR/fetch-metadata/. A key in a header of its own is never sent that way.
 */
function refuseOtherSites(request: FastifyRequest): void {
  const { method, headers } = request
  if (CHANGES_NOTHING.has(method) || bringsItsOwnKey(request)) return
  const site = headers['sec-fetch-site']
  const isOwn = site === undefined ? isOwnOrigin(request) : site === 'same-origin' || site === 'none'
  if (isOwn) return
  throw new LupaError(
    'cross_site_request',
    'A browser sent this for a page of another site, which may change nothing here. ' +
      'Programs send their key as `Authorization: Bearer lupa_…` or `X-API-Key: lupa_…`.',
  )
}

function bringsItsOwnKey({ headers }: FastifyRequest): boolean {
  return headers['x-api-key'] !== undefined || !/^(basic\b|$)/i.test(headers.authorization ?? '')
}

/** Browsers that do not tell the site tell the origin, when they send something. */
function isOwnOrigin({ headers: { origin }, host }: FastifyRequest): boolean {
  if (origin === undefined) return true
  if (!URL.canParse(origin)) return false
  const from = new URL(origin)
  const own = `${from.protocol}//${host}`
  return URL.canParse(own) && new URL(own).host === from.host
}
