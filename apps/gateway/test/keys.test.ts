import { setTimeout as delay } from 'node:timers/promises'
import { makeApiKey } from '@lupa/core/clients/api-key-text'
import { LupaError } from '@lupa/core/domain/errors'
import type { InjectOptions } from 'fastify'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { aFailure, aJobRecord } from '../../../packages/core/test/job-records.ts'
import { startRedisServer, type TestRedis } from '../../../packages/core/test/services/redis-server.ts'
import { createBreakers } from '../src/breaker.ts'
import { createKnownKeys } from '../src/known-keys.ts'
import { createSignedLinks } from '../src/signed-links.ts'
import { basic, bearer, makeClientKey } from './client-keys.ts'
import { type GatewayUnderTest, SILENT, startGateway } from './gateway-under-test.ts'
import { imageForm } from './requests.ts'

const CONFIGURED = 'configured-key-of-at-least-32-characters'

let redis: TestRedis
let gateway: GatewayUnderTest

beforeAll(async () => {
  redis = await startRedisServer()
  gateway = await startGateway(redis.url, {
    env: {
      API_USERNAME: 'ana',
      API_PASSWORD: 'secret',
      API_KEYS: `robot:${CONFIGURED}, ops:${'o'.repeat(40)}:jobs:read+admin`,
    },
  })
})
afterAll(async () => {
  await gateway[Symbol.asyncDispose]()
  await redis[Symbol.asyncDispose]()
})

const call = (request: InjectOptions, headers: Record<string, string>) =>
  gateway.app.inject({ ...request, headers: { ...request.headers, ...headers } })
const asAdmin = (method: 'GET' | 'POST' | 'DELETE', url: string, payload?: object) =>
  call({ method, url, ...(payload && { payload }) }, basic('ana:secret'))
const make = async (payload: object) => (await asAdmin('POST', '/v1/keys', payload)).json()
const statusOf = async (key: string) => (await call({ url: '/v1/jobs' }, bearer(key))).statusCode
const from = (remoteAddress: string, headers: Record<string, string>) =>
  gateway.app.inject({ url: '/v1/jobs', headers, remoteAddress })
const submit = async (headers: Record<string, string>) =>
  (await call({ method: 'POST', url: '/v1/jobs', ...imageForm() }, headers)).json()

test('a key is shown once, works in both headers, and says no more than it must', async () => {
  const answer = await asAdmin('POST', '/v1/keys', {
    client: 'line-3',
    name: 'camera',
    scopes: ['jobs:read', 'jobs:write'],
    expires_in_days: 30,
  })
  expect(answer.statusCode).toBe(201)
  expect(answer.headers['cache-control']).toBe('no-store')
  const { key, ...shown } = answer.json()
  expect(key).toMatch(new RegExp(`^lupa_${shown.id}_`))
  expect(shown).toMatchObject({
    object: 'api_key',
    client: 'line-3',
    name: 'camera',
    scopes: ['jobs:read', 'jobs:write'],
    status: 'active',
    created_by: 'basic:ana',
    revoked_at: null,
    last_used_at: null,
    rate_limit_per_minute: null,
  })
  expect(Date.parse(shown.expires_at) - Date.parse(shown.created_at)).toBe(30 * 86_400_000)
  expect(await statusOf(key)).toBe(200)
  expect((await call({ url: '/v1/jobs' }, { 'x-api-key': key })).statusCode).toBe(200)

  const list = await asAdmin('GET', '/v1/keys')
  expect(list.json().data).toContainEqual(shown)
  expect(list.body).not.toContain(key)
  expect(list.body).not.toContain('digest')
})

test('keys of one client see the same jobs, those of another do not', async () => {
  const [one, two, other] = [
    await make({ client: 'shared' }),
    await make({ client: 'shared' }),
    await make({ client: 'another' }),
  ]
  const { id } = await submit(bearer(one.key))
  expect((await gateway.deps.jobStore.get(id))?.client).toBe('key:shared')
  expect((await call({ url: `/v1/jobs/${id}` }, bearer(two.key))).statusCode).toBe(200)
  expect((await call({ url: `/v1/jobs/${id}` }, bearer(other.key))).statusCode).toBe(404)
  expect((await asAdmin('GET', `/v1/jobs/${id}`)).statusCode).toBe(404)
})

test('a revoked key is refused from the answer on, and revoking again changes nothing', async () => {
  const { id, key } = await make({ client: 'line-3' })
  expect(await statusOf(key)).toBe(200)
  const revoked = (await asAdmin('DELETE', `/v1/keys/${id}`)).json()
  expect(revoked).toMatchObject({ id, status: 'revoked', revoked_at: expect.any(String) })
  expect(await statusOf(key)).toBe(401)
  expect((await asAdmin('DELETE', `/v1/keys/${id}`)).json()).toEqual(revoked)
  const rotation = await asAdmin('POST', `/v1/keys/${id}/rotate`)
  expect([rotation.statusCode, rotation.json().code]).toEqual([409, 'key_revoked'])
  expect((await asAdmin('DELETE', '/v1/keys/0000000000')).json().code).toBe('key_not_found')
})

test('after a rotation both keys are good until the overlap is over', async () => {
  const { id, key } = await make({ client: 'line-3' })
  const rotated = (await asAdmin('POST', `/v1/keys/${id}/rotate`, { overlap_hours: 48 })).json()
  expect(rotated).toMatchObject({ id, client: 'line-3', status: 'active' })
  expect(rotated.key).not.toBe(key)
  expect(Date.parse(rotated.previous_until) - Date.parse(rotated.rotated_at)).toBe(48 * 3_600_000)
  expect([await statusOf(key), await statusOf(rotated.key)]).toEqual([200, 200])

  const atOnce = (await asAdmin('POST', `/v1/keys/${id}/rotate`, { overlap_hours: 0 })).json()
  expect(atOnce.previous_until).toBeNull()
  expect(await Promise.all([key, rotated.key, atOnce.key].map(statusOf))).toEqual([401, 401, 200])
  const usual = (await asAdmin('POST', `/v1/keys/${id}/rotate`)).json()
  expect(Date.parse(usual.previous_until) - Date.parse(usual.rotated_at)).toBe(24 * 3_600_000)
  expect(await Promise.all([rotated.key, atOnce.key, usual.key].map(statusOf))).toEqual([401, 200, 200])
})

test('keys from the settings work, with the scopes they are given', async () => {
  const { id } = await submit({ 'x-api-key': CONFIGURED })
  expect((await gateway.deps.jobStore.get(id))?.client).toBe('key:robot')
  expect((await call({ url: '/v1/keys' }, bearer(CONFIGURED))).statusCode).toBe(403)
  expect((await call({ url: '/v1/keys' }, bearer('o'.repeat(40)))).statusCode).toBe(200)
  expect(await statusOf('o'.repeat(41))).toBe(401)
})

test.each([
  [{}, 'client='],
  [{ client: 'a b' }, 'letters, digits'],
  [{ client: '../x' }, 'letters, digits'],
  [{ client: 'x', scopes: ['root'] }, 'scopes='],
  [{ client: 'x', scopes: [] }, 'scopes='],
  [{ client: 'x', expires_in_days: 0 }, 'expires_in_days=0'],
  [{ client: 'x', secret: 'mine' }, 'There is no parameter "secret"'],
])('%j makes no key', async (payload, detail) => {
  const answer = await asAdmin('POST', '/v1/keys', payload)
  expect(answer.statusCode).toBe(400)
  expect(answer.json().detail).toContain(detail)
})

test('Authorization counts before X-API-Key, and odd credentials are refused', async () => {
  const { key } = await make({ client: 'line-3' })
  for (const headers of [
    { authorization: 'Bearer', 'x-api-key': key },
    { authorization: `Bearer ${key} ${key}` },
    { authorization: `Token ${key}` },
    { authorization: basic(`${key}:`).authorization },
    { authorization: key },
    { 'x-api-key': `${key}, ${key}` },
    { 'x-api-key': '' },
  ])
    expect((await call({ url: '/v1/jobs' }, headers as never)).statusCode).toBe(401)
  expect((await call({ url: `/v1/jobs?api_key=${key}` }, {})).statusCode).toBe(401)
  expect((await call({ url: '/v1/jobs' }, { authorization: `bearer   ${key}` })).statusCode).toBe(200)
})

test('what administrators do is recorded, newest first, and never a secret', async () => {
  const { id, key } = await make({ client: 'audited', name: 'for the audit' })
  const { key: rotated } = (await asAdmin('POST', `/v1/keys/${id}/rotate`)).json()
  await asAdmin('DELETE', `/v1/keys/${id}`)
  const job = aJobRecord({ client: 'key:audited' })
  await gateway.deps.jobStore.create(job)
  await gateway.deps.jobStore.finish(job.id, aFailure())
  await call(
    { method: 'POST', url: '/v1/dead/replay', payload: { ids: [job.id, 'not an id'] } },
    {
      ...bearer('o'.repeat(40)),
      'x-request-id': 'seen-again',
    },
  )

  const answer = await asAdmin('GET', '/v1/audit?limit=4')
  expect(answer.json().data).toMatchObject([
    {
      action: 'dead.replayed',
      target: job.id,
      client: 'key:ops',
      request_id: 'seen-again',
      user_ip: '127.0.0.1',
    },
    { action: 'key.revoked', target: id, client: 'basic:ana', details: { client: 'audited' } },
    { action: 'key.rotated', target: id },
    { action: 'key.created', target: id, details: { client: 'audited', name: 'for the audit' } },
  ])
  for (const secret of [key, rotated]) expect(answer.body).not.toContain(secret)
  const next = await asAdmin('GET', `/v1/audit?limit=1&cursor=${answer.json().next_cursor}`)
  expect(next.json().data).toHaveLength(1)
})

test('an act that cannot be recorded is not done', async () => {
  const { id, key } = await make({ client: 'line-3' })
  const { jobStore } = gateway.deps
  await using other = await startGateway(redis.url, {
    env: { API_USERNAME: 'ana', API_PASSWORD: 'secret' },
    jobStore: {
      ...jobStore,
      addAuditRecord: async () => {
        throw new LupaError('store_unavailable', 'away')
      },
    },
  })
  const answer = await other.app.inject({
    method: 'DELETE',
    url: `/v1/keys/${id}`,
    headers: basic('ana:secret'),
  })
  expect(answer.statusCode).toBe(503)
  expect(await jobStore.getApiKey(id)).toMatchObject({ revoked_at: null })
  expect(await statusOf(key)).toBe(200)
})

describe('A key that is wrong', () => {
  test('is answered within 5 ms, whether or not there is one of its id', async () => {
    const { id } = await makeClientKey(gateway)
    const leastMs: number[] = []
    for (const next of [() => makeApiKey(id).key, () => makeApiKey().key, () => 'lupa_nonsense']) {
      const tookMs: number[] = []
      for (let attempt = 0; attempt < 25; attempt++) {
        const headers = bearer(next())
        const beganMs = performance.now()
        const { statusCode } = await gateway.app.inject({
          url: '/v1/jobs',
          headers,
          remoteAddress: `10.9.${leastMs.length}.${attempt}`,
        })
        tookMs.push(performance.now() - beganMs)
        expect(statusCode).toBe(401)
      }
      leastMs.push(Math.min(...tookMs))
    }
    // A machine that is busy otherwise takes longer for most.
    expect(Math.max(...leastMs)).toBeLessThan(5)
  })

  test('is counted by address: beyond 600 a minute it is told to wait, and no good key is', async () => {
    const [seen, other] = [await makeClientKey(gateway), await makeClientKey(gateway)]
    expect((await from('10.8.0.2', bearer(seen.key))).statusCode).toBe(200)
    const statuses: number[] = []
    for (let attempt = 0; attempt < 610; attempt++) {
      const { statusCode, headers } = await from('10.8.0.1', bearer(makeApiKey().key))
      statuses.push(statusCode)
      if (statusCode === 429) expect(Number(headers['retry-after'])).toBeGreaterThan(30)
    }
    expect(statuses).toEqual([...Array(600).fill(401), ...Array(10).fill(429)])
    expect((await from('10.8.0.1', bearer(seen.key))).statusCode).toBe(200)
    expect((await from('10.8.0.1', bearer(other.key))).statusCode).toBe(429)
    expect((await from('10.8.0.2', bearer(other.key))).statusCode).toBe(200)
    expect((await from('10.8.0.1', basic('ana:secret'))).statusCode).toBe(200)
    // Without credentials nothing is guessed.
    expect((await from('10.8.0.1', {})).statusCode).toBe(401)
  })
})

test('who guesses passwords is not let in from there for a while, even with the right one', async () => {
  const statuses: number[] = []
  for (let attempt = 0; attempt < 40; attempt++)
    statuses.push((await from('2001:db8::1', basic(`ana:${attempt}`))).statusCode)
  expect(statuses).toEqual([...Array(30).fill(401), ...Array(10).fill(429)])
  expect((await from('2001:db8::ffff', basic('ana:secret'))).statusCode).toBe(429)
  expect((await from('2001:db8:0:1::1', basic('ana:secret'))).statusCode).toBe(200)
})

describe('Known keys', () => {
  const know = (overrides: Partial<Parameters<typeof createKnownKeys>[0]> = {}) =>
    createKnownKeys({
      store: gateway.deps.jobStore,
      breaker: createBreakers().jobStore,
      secret: gateway.deps.apiKeySecret,
      logger: SILENT,
      ...overrides,
    })
  const MAY_ASK = { mayAsk: async () => true }

  test('ask the store once for a while, and learn of a revocation elsewhere when it is over', async () => {
    const { id, key } = await makeClientKey(gateway)
    let asked = 0
    const store = {
      ...gateway.deps.jobStore,
      getApiKey: (wanted: string) => {
        asked += 1
        return gateway.deps.jobStore.getApiKey(wanted)
      },
    }
    const known = know({ store, knownForMs: 300 })
    const found = await Promise.all(Array.from({ length: 50 }, () => known.find(key, MAY_ASK)))
    expect(found.every((one) => one?.id === id)).toBe(true)
    expect(asked).toBe(1)
    await gateway.deps.jobStore.revokeApiKey(id, new Date())
    await delay(310)
    expect(await known.find(key, MAY_ASK)).toBeUndefined()
    expect(asked).toBe(2)
    await known.close()
  })

  test('while the store is away, a key that was good a moment ago still is, and no other', async () => {
    const [seen, unseen] = [await makeClientKey(gateway), await makeClientKey(gateway)]
    let isAway = false
    const store = {
      ...gateway.deps.jobStore,
      async getApiKey(wanted: string) {
        if (isAway) throw new LupaError('store_unavailable', 'away')
        return gateway.deps.jobStore.getApiKey(wanted)
      },
    }
    const known = know({ store, knownForMs: 0 })
    await known.find(seen.key, MAY_ASK)
    isAway = true
    expect((await known.find(seen.key, MAY_ASK))?.id).toBe(seen.id)
    await expect(known.find(unseen.key, MAY_ASK)).rejects.toMatchObject({ code: 'store_unavailable' })
    await known.close()
  })

  test('note the last use now and then, not with each request', async () => {
    const { id, key } = await makeClientKey(gateway)
    const known = know({ notedEveryMs: 100 })
    await known.find(key, MAY_ASK)
    expect((await gateway.deps.jobStore.getApiKey(id))?.last_used_at).toBeNull()
    await expect
      .poll(async () => (await gateway.deps.jobStore.getApiKey(id))?.last_used_at, { timeout: 10_000 })
      .toMatch(/^20\d\d-/)
    const before = (await gateway.deps.jobStore.getApiKey(id))?.last_used_at
    await delay(5)
    await known.find(key, MAY_ASK)
    await known.close()
    expect((await gateway.deps.jobStore.getApiKey(id))?.last_used_at).not.toBe(before)
  })
})

test('on a laptop without credentials all are the administrator, and keys can be tried', async () => {
  await using open = await startGateway(redis.url)
  const { key } = (
    await open.app.inject({
      method: 'POST',
      url: '/v1/keys',
      payload: { client: 'trial', scopes: ['jobs:read'] },
    })
  ).json()
  expect((await open.app.inject({ url: '/v1/keys', headers: bearer(key) })).statusCode).toBe(403)
  expect((await open.app.inject({ url: '/v1/jobs', headers: bearer(key) })).statusCode).toBe(200)
  expect((await open.app.inject({ url: '/v1/jobs', headers: bearer(makeApiKey().key) })).statusCode).toBe(401)
  expect((await open.app.inject({ url: '/v1/jobs', headers: basic('whoever:x') })).statusCode).toBe(200)
})

test('a route that does not say what it needs does not start', async () => {
  const { default: Fastify } = await import('fastify')
  const { registerAuth } = await import('../src/plugins/auth.ts')
  const app = Fastify() as never
  registerAuth(app, {
    links: createSignedLinks({ secret: 'a secret' }),
    authenticate: async () => undefined,
    config: { isOpen: true, credentials: null },
  })
  const add = (config?: object) => () =>
    (app as ReturnType<typeof Fastify>).get('/new', { ...(config && { config }) }, async () => 'x')
  expect(add()).toThrow('GET /new does not say which scope it needs')
  expect(add({ scope: 'jobs:reed' })).toThrow('does not say which scope it needs')
})
