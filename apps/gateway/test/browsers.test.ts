import { createHash } from 'node:crypto'
import { connect } from 'node:net'
import { Scope } from '@lupa/core/domain/scope'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startRedisServer, type TestRedis } from '../../../packages/core/test/services/redis-server.ts'
import { basic, bearer, makeClientKey } from './client-keys.ts'
import { type GatewayUnderTest, startGateway } from './gateway-under-test.ts'
import { imageForm } from './requests.ts'

let redis: TestRedis
let open: GatewayUnderTest
let closed: GatewayUnderTest
const ANA = basic('ana:a password')

beforeAll(async () => {
  redis = await startRedisServer()
  open = await startGateway(redis.url)
  closed = await startGateway(redis.url, {
    env: { API_USERNAME: 'ana', API_PASSWORD: 'a password', TRUST_PROXY: '10.0.0.1' },
  })
})
afterAll(async () => {
  await open[Symbol.asyncDispose]()
  await closed[Symbol.asyncDispose]()
  await redis[Symbol.asyncDispose]()
})

const OF_THE_API = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'content-security-policy':
    "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  'cache-control': 'private, no-store',
}

describe('headers', () => {
  test.each([
    ['/v1/jobs', 200],
    ['/v1/models', 200],
    ['/v1/queue', 200],
    ['/v1/keys', 200],
    ['/openapi.json', 200],
    ['/metrics', 200],
    ['/v1/jobs/not-there', 404],
    ['/nothing', 404],
    ['/%', 404],
    ['/v1/jobs?limit=nonsense', 400],
  ])('%s (%i) is nothing that a browser shows, frames or keeps', async (url, status) => {
    const answer = await closed.app.inject({ url, headers: ANA })
    expect(answer.statusCode).toBe(status)
    expect(answer.headers).toMatchObject(OF_THE_API)
    expect(answer.headers).not.toHaveProperty('strict-transport-security')
  })

  test('nor is the answer to whoever does not say who they are', async () => {
    const answer = await closed.app.inject('/v1/jobs')
    expect(answer.statusCode).toBe(401)
    expect(answer.headers).toMatchObject(OF_THE_API)
  })

  test('an image may be kept by who sent it, and is no page', async () => {
    const sent = await closed.app.inject({ method: 'POST', url: '/v1/jobs', ...withAna(imageForm()) })
    const answer = await closed.app.inject({ url: sent.json().links.image, headers: ANA })
    expect(answer.headers).toMatchObject({
      ...OF_THE_API,
      // Shown by itself, it runs nothing whatever it holds.
      'content-security-policy': "default-src 'none'; sandbox",
      'content-type': 'image/png',
      'cache-control': 'private, max-age=3600',
    })
  })

  test('a page runs its own scripts and styles alone, may use the camera, and is asked for anew', async () => {
    const { headers, body } = await closed.app.inject({ url: '/', headers: ANA })
    const policy = policyOf(headers['content-security-policy'])
    expect(policy).toMatchObject({
      'default-src': ["'none'"],
      'script-src': ["'self'"],
      'img-src': ["'self'", 'blob:', 'data:'],
      'connect-src': ["'self'"],
      'frame-ancestors': ["'none'"],
      'base-uri': ["'none'"],
      'form-action': ["'self'"],
    })
    expect(String(headers['content-security-policy'])).not.toMatch(/unsafe|\*|https?:/)
    // What stands in the page itself is allowed by its hash, or not there at all.
    for (const [, tag, text = ''] of body.matchAll(/<(script|style)[^>]*>([^<]+)</g)) {
      expect(policy[`${tag}-src`]).toContain(`'sha256-${createHash('sha256').update(text).digest('base64')}'`)
    }
    expect(body).not.toMatch(/ style=| on\w+=/)
    expect(headers).toMatchObject({
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'same-origin',
      'cache-control': 'private, no-cache',
    })
    expect(headers['permissions-policy']).toMatch(/^camera=\(self\), .*microphone=\(\)/)
  })

  test('only what came by https says so, as a trusted proxy tells', async () => {
    const ask = (remoteAddress: string, proto: string) =>
      closed.app.inject({ url: '/livez', remoteAddress, headers: { 'x-forwarded-proto': proto } })
    const hsts = 'strict-transport-security'
    expect((await ask('10.0.0.1', 'https')).headers[hsts]).toBe('max-age=31536000')
    expect((await ask('10.0.0.1', 'http')).headers).not.toHaveProperty(hsts)
    expect((await ask('10.0.0.9', 'https')).headers).not.toHaveProperty(hsts)
  })

  test('no page of another origin may read anything', async () => {
    for (const method of ['GET', 'POST', 'OPTIONS'] as const) {
      const answer = await open.app.inject({
        method,
        url: '/v1/jobs',
        headers: { origin: 'https://evil.example', 'access-control-request-method': 'POST' },
      })
      expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([])
    }
  })
})

describe('what a page of another site makes a browser send', () => {
  const CROSS_SITE = {
    'sec-fetch-site: cross-site': { 'sec-fetch-site': 'cross-site' },
    'sec-fetch-site: same-site': { 'sec-fetch-site': 'same-site' },
    'sec-fetch-site: something new': { 'sec-fetch-site': 'something-new' },
    'its own origin beside the word of the browser': {
      'sec-fetch-site': 'cross-site',
      origin: 'http://localhost',
    },
    'another origin': { origin: 'https://evil.example' },
    'another port': { origin: 'http://localhost:3000' },
    'a name that begins alike': { origin: 'http://localhost.evil.example' },
    'no origin that can be told': { origin: 'null' },
    'an origin that is none': { origin: 'nonsense' },
  }
  test.each(Object.entries(CROSS_SITE))('is refused: %s', async (_name, headers) => {
    for (const gateway of [open, closed]) {
      const credentials = gateway === closed ? ANA : {}
      const before = await countJobs()
      const answer = await gateway.app.inject({
        method: 'POST',
        url: '/v1/jobs',
        ...withHeaders(imageForm(), { host: 'localhost', ...credentials, ...headers }),
      })
      expect([answer.statusCode, answer.json().code]).toEqual([403, 'cross_site_request'])
      expect(answer.headers).toMatchObject(OF_THE_API)
      expect(await countJobs()).toBe(before)
    }
  })

  test('is refused before it is told whether the password was right', async () => {
    const headers = { 'sec-fetch-site': 'cross-site', ...basic('ana:wrong') }
    const answer = await closed.app.inject({ method: 'DELETE', url: '/v1/jobs/x', headers })
    expect(answer.json().code).toBe('cross_site_request')
  })

  const OWN = {
    'a page of ours': { 'sec-fetch-site': 'same-origin', origin: 'http://localhost' },
    'whoever typed the address': { 'sec-fetch-site': 'none' },
    'an old browser, on a page of ours': { origin: 'http://localhost' },
    'the default port, written out': { origin: 'http://localhost:80' },
    'a program': {},
  }
  test.each(Object.entries(OWN))('unlike %s', async (_name, headers) => {
    const answer = await closed.app.inject({
      method: 'POST',
      url: '/v1/jobs',
      ...withHeaders(imageForm(), { host: 'localhost', ...ANA, ...headers }),
    })
    expect(answer.statusCode).toBe(202)
  })

  test('unlike what brings a key of its own, which no other page can add', async () => {
    const { key } = await makeClientKey(closed)
    for (const credentials of [bearer(key), { 'x-api-key': key }]) {
      const headers = { ...credentials, 'sec-fetch-site': 'cross-site', origin: 'https://app.example' }
      const request = { method: 'POST' as const, url: '/v1/jobs', ...withHeaders(imageForm(), headers) }
      expect((await closed.app.inject(request)).statusCode).toBe(202)
    }
    const asPassword = { ...basic(`any:${key}`), 'sec-fetch-site': 'cross-site' }
    const request = { method: 'POST' as const, url: '/v1/jobs', ...withHeaders(imageForm(), asPassword) }
    expect((await closed.app.inject(request)).statusCode).toBe(403)
  })

  test('is told by the host that a trusted proxy names, and by no other', async () => {
    const ask = (remoteAddress: string) =>
      closed.app.inject({
        method: 'POST',
        url: '/v1/jobs',
        remoteAddress,
        ...withHeaders(imageForm(), {
          ...ANA,
          host: 'gateway:5000',
          'x-forwarded-host': 'lupa.example:8443',
          origin: 'https://lupa.example:8443',
        }),
      })
    expect((await ask('10.0.0.1')).statusCode).toBe(202)
    expect((await ask('10.0.0.9')).statusCode).toBe(403)
  })
})

describe('without credentials', () => {
  test.each([
    'localhost',
    'LOCALHOST:5000',
    'localhost.:5000',
    'lupa.localhost:5000',
    '127.0.0.1:5000',
    '127.4.5.6',
    '127.1',
    '[::1]:5000',
  ])('%s is this machine', async (host) => {
    expect((await open.app.inject({ url: '/v1/jobs', headers: { host } })).statusCode).toBe(200)
  })

  test.each([
    'evil.example',
    'evil.example:5000',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    'notlocalhost',
    '192.168.0.4',
    '0.0.0.0:5000',
    '[::ffff:192.168.0.4]',
    '[fe80::1]',
    '[::1].evil.example',
    'a b',
    '@localhost@evil.example',
    'localhost/../@evil.example',
    'localhost#.evil.example',
    ':5000',
  ])('%j is not: its name leads here, and its pages shall see nothing', async (host) => {
    const headers = { host, 'x-forwarded-host': 'localhost' }
    for (const url of ['/v1/jobs', '/', '/health', '/metrics', '/nothing']) {
      const answer = await open.app.inject({ url, headers })
      expect([url, answer.statusCode, answer.json().code]).toEqual([url, 403, 'host_refused'])
    }
    expect((await open.app.inject({ url: '/livez', headers })).statusCode).toBe(200)
  })

  test('with credentials any name will do: no page of another site has them', async () => {
    const headers = { ...ANA, host: 'lupa.example' }
    expect((await closed.app.inject({ url: '/v1/jobs', headers })).statusCode).toBe(200)
  })

  test('a program of old that names no host is answered', async () => {
    const address = await open.app.listen({ host: '127.0.0.1', port: 0 })
    const socket = connect(Number(new URL(address).port), '127.0.0.1')
    socket.write('GET /v1/queue HTTP/1.0\r\n\r\n')
    const answer = (await socket.setEncoding('latin1').toArray()).join('')
    expect(answer).toMatch(/^HTTP\/1\.1 200 /)
  })
})

describe('whoever signs in at the prompt of the browser', () => {
  const CONFIGURED = 'a-key-of-the-settings-with-enough-signs'
  let keysOnly: GatewayUnderTest
  beforeAll(async () => {
    keysOnly = await startGateway(redis.url, { env: { API_KEYS: `line-9:${CONFIGURED}:jobs:read` } })
  })
  afterAll(() => keysOnly[Symbol.asyncDispose]())

  test('is asked by every service that has clients, passwords or not', async () => {
    const answer = await keysOnly.app.inject('/')
    expect(answer.statusCode).toBe(401)
    expect(answer.headers['www-authenticate']).toMatch(/^Basic realm="Lupa", charset="UTF-8"/)
    expect(answer.json().detail).toContain('in a browser as the password')
  })

  test('is the client of the key that is the password, whatever the user name', async () => {
    const { key } = await makeClientKey(closed, { client: 'line-3', scopes: Scope.options })
    for (const user of ['', 'ana', 'any one']) {
      const job = await closed.app.inject({
        method: 'POST',
        url: '/v1/jobs',
        ...withHeaders(imageForm(), basic(`${user}:${key}`)),
      })
      expect((await closed.deps.jobStore.get(job.json().id))?.client).toBe('key:line-3')
    }
  })

  test('has the scopes of that key', async () => {
    const headers = basic(`any:${CONFIGURED}`)
    expect((await keysOnly.app.inject({ url: '/v1/jobs', headers })).statusCode).toBe(200)
    const answer = await keysOnly.app.inject({ method: 'POST', url: '/v1/keys', headers, payload: {} })
    expect(answer.json().code).toBe('forbidden')
  })

  test('is let in with a good key after others guessed passwords from the same address, and with no password', async () => {
    const { key } = await makeClientKey(closed)
    const from = (pair: string) =>
      closed.app.inject({ url: '/v1/queue', headers: basic(pair), remoteAddress: '10.9.8.7' })
    for (let guess = 0; guess < 31; guess += 1) await from(`ana:guess ${guess}`)
    expect((await from('ana:a password')).statusCode).toBe(429)
    // Not even under the name of a key.
    expect((await from('ana:lupa_guess')).statusCode).toBe(429)
    expect((await from(`ana:${key}`)).statusCode).toBe(200)
  })
})

type Form = ReturnType<typeof imageForm>
const withHeaders = ({ headers, payload }: Form, more: Record<string, string>) => ({
  headers: { ...headers, ...more },
  payload,
})
const withAna = (sent: Form) => withHeaders(sent, ANA)

async function countJobs(): Promise<number> {
  const answers = await Promise.all([
    open.app.inject('/v1/jobs?limit=100'),
    closed.app.inject({ url: '/v1/jobs?limit=100', headers: ANA }),
  ])
  return answers.reduce((count, answer) => count + answer.json().data.length, 0)
}

function policyOf(header: unknown): Record<string, string[]> {
  return Object.fromEntries(
    String(header)
      .split('; ')
      .map((directive) => {
        const [name = '', ...sources] = directive.split(' ')
        return [name, sources]
      }),
  )
}
