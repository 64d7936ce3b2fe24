import { afterAll, beforeAll, expect, test } from 'vitest'
import { createWorkplace, startStandInGateway, type Workplace } from './lupa-command.ts'

const KEY = 'lupa_zw1qss1008_wNsOekzEvYop4RRWKZSdhmIfUjcI3uvagnAuvhuWeF223fZx1'
const SHOWN = {
  id: 'zw1qss1008',
  object: 'api_key',
  name: 'camera at the gate',
  client: 'line-3',
  scopes: ['jobs:write'],
  status: 'active',
  created_at: '2026-11-26T19:06:10.668Z',
  expires_at: null,
  last_used_at: '2026-11-26T19:07:11.000Z',
  previous_until: null,
}

let place: Workplace
beforeAll(() => {
  place = createWorkplace()
})
afterAll(() => place[Symbol.dispose]())

test('`keys create` prints the key alone, and what it is for beside it', async () => {
  await using gateway = await startStandInGateway(() => ({ status: 201, body: { ...SHOWN, key: KEY } }))
  const options = ['--name', 'camera at the gate', '--scopes', 'jobs:write, jobs:read', '--expires', '30']
  const { code, stdout, stderr } = await place.lupa(
    ['keys', 'create', 'line-3', ...options, '--rate-limit', '0', '--url', gateway.url],
    { API_USERNAME: 'ana', API_PASSWORD: 'secret' },
  )
  expect([code, stdout]).toEqual([0, `${KEY}\n`])
  expect(stderr).toContain('The key zw1qss1008 of line-3: jobs:write. It is shown this once')
  expect(gateway.asked).toMatchObject([{ method: 'POST', url: '/v1/keys' }])
  expect(JSON.parse(gateway.asked[0]?.body ?? '')).toEqual({
    client: 'line-3',
    name: 'camera at the gate',
    scopes: ['jobs:write', 'jobs:read'],
    expires_in_days: 30,
    rate_limit_per_minute: 0,
  })
})

test('`keys list` shows all pages as a table', async () => {
  const revoked = { ...SHOWN, id: '1111111111', status: 'revoked', last_used_at: null }
  await using gateway = await startStandInGateway(({ url }) => ({
    status: 200,
    body: url?.includes('cursor=next')
      ? { data: [revoked], next_cursor: null }
      : { data: [SHOWN], next_cursor: 'next' },
  }))
  const { stdout } = await place.lupa(['keys', 'list'], { LUPA_URL: gateway.url, LUPA_API_KEY: KEY })
  expect(stdout.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
    ['ID', 'CLIENT', 'NAME', 'SCOPES', 'STATUS', 'LAST USED', 'EXPIRES'],
    ['zw1qss1008', 'line-3', 'camera at the gate', 'jobs:write', 'active', '2026-11-26 19:07', 'never'],
    ['1111111111', 'line-3', 'camera at the gate', 'jobs:write', 'revoked', 'never', 'never'],
    [''],
  ])
  expect(gateway.asked[0]?.headers.authorization).toBe(`Bearer ${KEY}`)
})

test('`keys rotate` and `keys revoke` take an id, or a key that turned up somewhere', async () => {
  const previous_until = '2026-11-27T19:06:10.668Z'
  await using gateway = await startStandInGateway(({ method }) => ({
    status: 200,
    body: method === 'DELETE' ? { ...SHOWN, status: 'revoked' } : { ...SHOWN, key: KEY, previous_until },
  }))
  const env = { LUPA_URL: gateway.url }
  const rotated = await place.lupa(['keys', 'rotate', 'zw1qss1008', '--overlap', '1.5'], env)
  expect([rotated.code, rotated.stdout]).toEqual([0, `${KEY}\n`])
  expect(rotated.stderr).toContain(`As it was it is good until ${previous_until}.`)
  const revoked = await place.lupa(['keys', 'revoke', KEY], env)
  expect(revoked.stdout).toContain('The key zw1qss1008 of line-3 is revoked')
  expect(gateway.asked.map(({ method, url, body }) => [method, url, body])).toEqual([
    ['POST', '/v1/keys/zw1qss1008/rotate', '{"overlap_hours":1.5}'],
    ['DELETE', '/v1/keys/zw1qss1008', ''],
  ])
})

test('who may not is told what to set, and wrong words are told before anything is asked', async () => {
  const body = { title: 'This client may not do that', detail: 'This needs the scope admin.' }
  await using gateway = await startStandInGateway(() => ({ status: 403, body }))
  const refused = await place.lupa(['keys', 'list', '--url', gateway.url])
  expect(refused.code).toBe(4)
  expect(refused.stderr).toContain('refused (403). This client may not do that: This needs the scope admin.')
  expect(refused.stderr).toContain('or LUPA_API_KEY to a key that may')
  const asked = gateway.asked.length
  for (const args of [['create'], ['rotate', 'x', '--overlap', '-1'], ['create', 'x', '--expires', '0']])
    expect((await place.lupa(['keys', ...args, '--url', gateway.url])).code).toBe(2)
  expect(gateway.asked).toHaveLength(asked)
})
