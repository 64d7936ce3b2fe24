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
