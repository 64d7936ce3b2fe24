import { SettingsError } from '@lupa/core/runtime/env'
import { expect, test } from 'vitest'
import { readGatewayConfig } from './config.ts'

const REDIS_URL = 'redis://127.0.0.1:6379'
const read = (env: NodeJS.ProcessEnv) => readGatewayConfig({ REDIS_URL, ...env })

test('the defaults need nothing but a Redis', () => {
  expect(read({})).toMatchObject({
    host: '127.0.0.1',
    port: 5000,
    credentials: null,
    isOpen: true,
    apiKeys: [],
    oidc: null,
    clientLimits: { imagesPerMinute: 0, bytesPerDay: 0, waits: 0 },
    limits: { imageBytes: 20 * 1024 * 1024, imagePixels: 50_000_000 },
    wait: { defaultMs: 30_000, maxMs: 60_000 },
    retentionSeconds: 2_592_000,
    userIp: 'full',
    http: { trustProxy: [] },
  })
})

test('an address that others can reach needs credentials', () => {
  for (const HOST of ['0.0.0.0', '::', '192.168.0.4', 'example.org']) {
    expect(() => read({ HOST })).toThrow(SettingsError)
    expect(() => read({ HOST })).toThrow(`HOST=${HOST} can be reached from other machines`)
    expect(read({ HOST, API_USERNAME: 'ana', API_PASSWORD: 'secret' }).credentials).toEqual({
      username: 'ana',
      password: 'secret',
    })
  }
  for (const HOST of ['127.0.0.1', '::1', 'localhost', '127.1.2.3']) expect(read({ HOST }).host).toBe(HOST)
})

test('half a pair of credentials is refused', () => {
  expect(() => read({ API_USERNAME: 'ana' })).toThrow('set both, or neither')
  expect(() => read({ API_PASSWORD: 'secret' })).toThrow('set both, or neither')
})

test.each([
  [{ PORT: '70000' }, 'PORT="70000"'],
  [{ WAIT_DEFAULT_SECONDS: '90' }, 'WAIT_DEFAULT_SECONDS=90 must not be more than WAIT_MAX_SECONDS=60'],
  [{ TRUST_PROXY: '10.0.0.0/8, nonsense' }, 'must be IP addresses or CIDR ranges'],
  [{ TRUST_PROXY: '10.0.0.0/33' }, 'must be IP addresses or CIDR ranges'],
  [{ API_USERNAME: 'a:b', API_PASSWORD: 'x' }, 'must not hold a colon'],
  [{ USER_IP: 'some' }, 'USER_IP="some"'],
])('%j is refused by name', (env, message) => {
  expect(() => read(env)).toThrow(message)
})

test('proxies may be ranges of both kinds', () => {
  expect(read({ TRUST_PROXY: '10.0.0.0/8, ::1,2001:db8::/32' }).http.trustProxy).toEqual([
    '10.0.0.0/8',
    '::1',
    '2001:db8::/32',
  ])
})

const KEY = 'k'.repeat(32)

test('keys, or an issuer of tokens, open an address as a password does, and bring the limits', () => {
  const oidc = { OIDC_ISSUER: 'https://login.example.com/v2.0', OIDC_AUDIENCE: 'api://lupa' }
  for (const env of [{ API_KEYS: `line-3:${KEY}` }, oidc, { API_USERNAME: 'ana', API_PASSWORD: 'x' }]) {
    expect(read({ HOST: '0.0.0.0', ...env })).toMatchObject({
      isOpen: false,
      clientLimits: { imagesPerMinute: 100, bytesPerDay: 100 * 1024 ** 3, waits: 500 },
    })
  }
  expect(read(oidc).oidc).toEqual({ issuer: oidc.OIDC_ISSUER, audience: 'api://lupa', jwksUrl: null })
})

test('keys are given with their clients, and with scopes if others than the usual', () => {
  expect(read({ API_KEYS: `line-3:${KEY}, ops:${KEY}2:jobs:read+admin` }).apiKeys).toEqual([
    { client: 'line-3', key: KEY, scopes: ['jobs:read', 'jobs:write', 'webhooks:write'] },
    { client: 'ops', key: `${KEY}2`, scopes: ['jobs:read', 'admin'] },
  ])
})

test.each([
  KEY,
  `:${KEY}`,
  'line-3:short',
  `line-3:${KEY}:root`,
  `line-3:${KEY}:`,
  `a b:${KEY}`,
  `ok:${KEY},line-3:${KEY}!`,
])('API_KEYS=%j is refused, and not shown', (API_KEYS) => {
  expect(() => read({ API_KEYS })).toThrow(/^API_KEYS is wrong in its entry [12]: write client:key/)
  expect(() => read({ API_KEYS })).not.toThrow(KEY)
})

test('gateways that share Cosmos DB must be told the secret of their keys', () => {
  const cosmos = { COSMOS_ENDPOINT: 'https://lupa.documents.azure.com' }
  const password = { API_USERNAME: 'ana', API_PASSWORD: 'x' }
  expect(() => read({ ...cosmos, ...password })).toThrow('API_KEY_SECRET is needed, the same for all of them')
  const secret = 's'.repeat(32)
  expect(read({ ...cosmos, ...password, API_KEY_SECRET: secret }).apiKeySecret).toEqual({ value: secret })
  expect(read(cosmos).apiKeySecret).toEqual({ file: expect.stringMatching(/api-key-secret$/) })
  expect(() => read({ API_KEY_SECRET: 'short' })).toThrow('API_KEY_SECRET=(hidden): must have 32 characters')
})

test('half of what tokens need is refused', () => {
  for (const env of [
    { OIDC_ISSUER: 'https://x.example' },
    { OIDC_AUDIENCE: 'a' },
    { OIDC_JWKS_URL: 'https://x.example' },
  ])
    expect(() => read(env)).toThrow('OIDC_ISSUER and OIDC_AUDIENCE go together')
})

test('a key that stands in API_KEYS twice is refused by its entries, and never shown', () => {
  const key = 'k'.repeat(32)
  const twice = () => read({ API_KEYS: `line-3:${key},line-4:${'o'.repeat(32)},line-5:${key}:admin` })
  expect(twice).toThrow('API_KEYS has the same key in its entries 1 and 3')
  expect(twice).not.toThrow(key)
  // A client may have several.
  expect(read({ API_KEYS: `line-3:${key},line-3:${'o'.repeat(32)}` }).apiKeys).toHaveLength(2)
})
