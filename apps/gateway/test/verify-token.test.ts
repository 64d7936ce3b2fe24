import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { createGuardedAgent } from '@lupa/core/webhooks/guarded-agent'
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startRedisServer, type TestRedis } from '../../../packages/core/test/services/redis-server.ts'
import { createVerifyToken } from '../src/verify-token.ts'
import { bearer } from './client-keys.ts'
import { type GatewayUnderTest, startGateway } from './gateway-under-test.ts'
import { imageForm } from './requests.ts'

const AUDIENCE = 'api://lupa'

let redis: TestRedis
let gateway: GatewayUnderTest
let issuer: string
let server: Server
let keys: Awaited<ReturnType<typeof generateKeyPair>>
/** What the issuer was asked for. */
const asked: string[] = []

beforeAll(async () => {
  keys = await generateKeyPair('RS256')
  const jwk = { ...(await exportJWK(keys.publicKey)), kid: 'one', alg: 'RS256', use: 'sig' }
  server = createServer((request, response) => {
    asked.push(request.url ?? '')
    const answers: Record<string, unknown> = {
      '/.well-known/openid-configuration': { issuer, jwks_uri: `${issuer}/keys` },
      '/keys': { keys: [jwk] },
    }
    const answer = answers[request.url ?? '']
    response.statusCode = answer ? 200 : 404
    response.end(JSON.stringify(answer ?? {}))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  issuer = `http://127.0.0.1:${(server.address() as { port: number }).port}`
  redis = await startRedisServer()
  const dispatcher = createGuardedAgent({ allow: [], allowLoopback: true })
  gateway = await startGateway(redis.url, {
    env: { OIDC_ISSUER: issuer, OIDC_AUDIENCE: AUDIENCE },
    verifyToken: createVerifyToken({ oidc: { issuer, audience: AUDIENCE, jwksUrl: null }, dispatcher }),
  })
})
afterAll(async () => {
  await gateway[Symbol.asyncDispose]()
  await redis[Symbol.asyncDispose]()
  server.closeAllConnections()
  server.close()
})

function sign(claims: JWTPayload = {}, header: { kid?: string; alg?: string } = {}, key = keys.privateKey) {
  const token = new SignJWT({ azp: 'app-1', roles: ['jobs:read', 'jobs:write'], ...claims })
    .setProtectedHeader({ alg: 'RS256', kid: 'one', ...header })
    .setIssuer(claims.iss ?? issuer)
    .setAudience(claims.aud ?? AUDIENCE)
  if (!('exp' in claims)) token.setExpirationTime('5 minutes')
  return token.sign(key)
}

const list = (token: string) => gateway.app.inject({ url: '/v1/jobs', headers: bearer(token) })

test('a token of the issuer makes the application the client, with its roles as scopes', async () => {
  const headers = bearer(await sign())
  const { headers: type, payload } = imageForm()
  const answer = await gateway.app.inject({
    method: 'POST',
    url: '/v1/jobs',
    headers: { ...type, ...headers },
    payload,
  })
  expect(answer.statusCode).toBe(202)
  expect((await gateway.deps.jobStore.get(answer.json().id))?.client).toBe('oidc:app-1')
  expect((await gateway.app.inject({ url: '/v1/keys', headers })).statusCode).toBe(403)
  const other = bearer(await sign({ azp: 'app-2' }))
  expect((await gateway.app.inject({ url: `/v1/jobs/${answer.json().id}`, headers: other })).statusCode).toBe(
    404,
  )
})

test('a user who comes by way of an application is the client, with what the application may do for them', async () => {
  const token = await sign({ oid: 'user-7', sub: 's', scp: 'jobs:write openid', roles: undefined })
  const { headers, payload } = imageForm()
  const answer = await gateway.app.inject({
    method: 'POST',
    url: '/v1/jobs',
    headers: { ...headers, ...bearer(token) },
    payload,
  })
  expect((await gateway.deps.jobStore.get(answer.json().id))?.client).toBe('oidc:user-7')
  expect((await list(token)).statusCode).toBe(403)
})

test('its administrators are ours', async () => {
  const headers = bearer(await sign({ roles: ['admin'] }))
  expect((await gateway.app.inject({ url: '/v1/audit', headers })).statusCode).toBe(200)
})

test('a token that is not for us, not theirs, too old or bent is refused', async () => {
  const strangers = await generateKeyPair('RS256')
  const nowSeconds = Math.floor(Date.now() / 1000)
  const good = await sign()
  const [head = '', body = '', signature = ''] = good.split('.')
  const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${body}.`
  const bad: Record<string, string> = {
    'another audience': await sign({ aud: 'api://other' }),
    'another issuer': await sign({ iss: 'https://example.com' }),
    expired: await sign({ exp: nowSeconds - 60 }),
    'not yet': await sign({ nbf: nowSeconds + 3600 }),
    'another key': await sign({}, {}, strangers.privateKey),
    'an unknown key': await sign({}, { kid: 'two' }),
    'no owner': await sign({ azp: undefined }),
    'no end': await new SignJWT({ azp: 'app-1' })
      .setProtectedHeader({ alg: 'RS256', kid: 'one' })
      .setIssuer(issuer)
      .setAudience(AUDIENCE)
      .sign(keys.privateKey),
    'a changed body': `${head}.${Buffer.from('{"azp":"root"}').toString('base64url')}.${signature}`,
    'no signature': none,
    'a secret for a key': await new SignJWT({ azp: 'app-1', roles: ['admin'] })
      .setProtectedHeader({ alg: 'HS256', kid: 'one' })
      .setIssuer(issuer)
      .setAudience(AUDIENCE)
      .setExpirationTime('5 minutes')
      .sign(new TextEncoder().encode(JSON.stringify(await exportJWK(keys.publicKey)))),
  }
  for (const [why, token] of Object.entries(bad)) {
    const answer = await list(token)
    expect([why, answer.statusCode, answer.json().code]).toEqual([why, 401, 'unauthorized'])
    expect(answer.body).not.toContain(token)
    expect(answer.headers['www-authenticate']).toMatch(/, Bearer realm="Lupa", error="invalid_token"$/)
  }
  expect((await list(bad.expired ?? '')).json().detail).toContain('it has expired')
})

test('no user name and password are asked for where there are none, and without a token nobody comes in', async () => {
  const answer = await gateway.app.inject('/v1/jobs')
  expect(answer.statusCode).toBe(401)
  expect(answer.headers['www-authenticate']).toMatch(/, Bearer realm="Lupa"$/)
  expect(answer.json().detail).not.toContain('user:password')
})

test('the keys of the issuer are asked for once', async () => {
  for (let at = 0; at < 5; at++) expect((await list(await sign())).statusCode).toBe(200)
  expect(asked.filter((url) => url === '/keys')).toHaveLength(1)
})

test('an issuer that is away, or not to be called, is told as that and not as a wrong token', async () => {
  const dispatcher = createGuardedAgent({ allow: [], allowLoopback: false })
  for (const jwksUrl of [null, `${issuer}/keys`]) {
    const verify = createVerifyToken({ oidc: { issuer, audience: AUDIENCE, jwksUrl }, dispatcher })
    const before = asked.length
    await expect(verify(await sign())).rejects.toMatchObject({ code: 'identity_unavailable' })
    expect(asked).toHaveLength(before)
  }
  const open = createGuardedAgent({ allow: [], allowLoopback: true })
  const nowhere = createVerifyToken({
    oidc: { issuer, audience: AUDIENCE, jwksUrl: `${issuer}/nothing` },
    dispatcher: open,
  })
  await expect(nowhere(await sign())).rejects.toMatchObject({ code: 'identity_unavailable' })
  const pretender = createVerifyToken({
    oidc: { issuer: issuer.replace('127.0.0.1', 'localhost'), audience: AUDIENCE, jwksUrl: null },
    dispatcher: open,
  })
  await expect(pretender(await sign())).rejects.toMatchObject({
    code: 'identity_unavailable',
    message: expect.stringContaining('speaks for'),
  })
})
