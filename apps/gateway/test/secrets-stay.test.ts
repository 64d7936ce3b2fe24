import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createLogger } from '@lupa/core/runtime/logger'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { withClient } from '../../../packages/core/test/services/redis-client.ts'
import { startRedisServer, type TestRedis } from '../../../packages/core/test/services/redis-server.ts'
import { basic, bearer } from './client-keys.ts'
import { type GatewayUnderTest, startGateway } from './gateway-under-test.ts'
import { imageForm } from './requests.ts'

const PASSWORD = 'a-password-that-stands-nowhere'
const CONFIGURED = 'a-key-from-the-settings-that-stands-nowhere'

let redis: TestRedis
let gateway: GatewayUnderTest
let log = ''

beforeAll(async () => {
  redis = await startRedisServer()
  const destination = { write: (line: string) => void (log += line) }
  gateway = await startGateway(redis.url, {
    env: { API_USERNAME: 'ana', API_PASSWORD: PASSWORD, API_KEYS: `robot:${CONFIGURED}` },
    logger: createLogger('gateway', { level: 'trace', pretty: false }, destination),
  })
})
afterAll(async () => {
  await gateway[Symbol.asyncDispose]()
  await redis[Symbol.asyncDispose]()
})

test('no key, password or token is in any log, error, answer or store after all was done with them', async () => {
  const answers: string[] = []
  const call = async (method: string, url: string, headers: Record<string, string>, rest: object = {}) => {
    const request = { method, url, ...rest } as { headers?: object }
    const answer = await gateway.app.inject({
      ...request,
      headers: { ...request.headers, ...headers },
    } as never)
    answers.push(JSON.stringify(answer.headers) + answer.body)
    return answer
  }
  const admin = basic(`ana:${PASSWORD}`)
  const made = (await call('POST', '/v1/keys', admin, { payload: { client: 'line-3' } })).json()
  const rotated = (await call('POST', `/v1/keys/${made.id}/rotate`, admin)).json()
  // Those two show the key, once.
  answers.length = 0

  for (const key of [made.key, rotated.key]) {
    const job = (await call('POST', '/v1/jobs', bearer(key), imageForm())).json()
    await call('GET', `/v1/jobs/${job.id}`, { 'x-api-key': key })
    await call('GET', `/v1/jobs/${key}`, bearer(key))
    await call('GET', `/${key}`, bearer(key))
    await call('PATCH', `/v1/jobs/${key}`, bearer(key))
    await call('POST', '/v1/keys', bearer(key), { payload: {} })
    await call('POST', `/v1/dead/${key}/replay`, admin)
    await call('GET', '/v1/jobs', { authorization: `Bearer ${key} twice` })
    // As browsers send it: with any name, and with that of the administrator.
    for (const name of ['camera', 'ana']) {
      await call('GET', '/v1/jobs', basic(`${name}:${key}`))
      await call('POST', '/v1/jobs', basic(`${name}:${key}`), imageForm())
    }
    await call('GET', '/v1/jobs', basic(`${key}:${key}`))
    await call('POST', `/roboflow/bottle-status/1?api_key=${key}`, {}, { payload: 'bm90IGEgcGljdHVyZQ==' })
    await call('GET', `/roboflow/model/registry?api_key=${key}`, {})
    await call('GET', `/roboflow/nothing?api_key=${key}`, {})
    await call('GET', `/v1/jobs?api_key=${key}`, bearer(key))
    await call('POST', '/predict', bearer(key), { headers: { 'content-type': 'image/png' }, payload: 'none' })
  }
  await call('POST', '/v1/jobs', { 'x-api-key': CONFIGURED }, imageForm())
  await call('GET', '/v1/keys', admin)
  await call('GET', '/v1/audit', admin)
  await call('DELETE', `/v1/keys/${made.id}`, admin)
  await call('GET', '/v1/jobs', bearer(rotated.key))
  const token = `${Buffer.from('{"alg":"RS256"}').toString('base64url')}.e30.c2lnbmF0dXJl`
  await call('GET', '/v1/jobs', bearer(token))
  await gateway.app.close()

  const secrets = [
    PASSWORD,
    CONFIGURED,
    token,
    basic(`ana:${PASSWORD}`).authorization.slice(6),
    ...[made.key, rotated.key].flatMap((key: string) =>
      ['camera', 'ana', key].map((name) => basic(`${name}:${key}`).authorization.slice(6)),
    ),
    ...[made.key, rotated.key].flatMap((key: string) => [key, key.slice(16)]),
  ]
  const places = { log, answers: answers.join('\n'), redis: await dumpRedis(), files: dumpFiles() }
  for (const [place, text] of Object.entries(places)) {
    expect([place, text.length]).toEqual([place, expect.toSatisfy((length) => length > 1000)])
    expect([place, secrets.filter((secret) => text.includes(secret))]).toEqual([place, []])
  }
  // That it was looked at where they would be.
  expect(places.files).toContain(made.id)
  expect(places.log).toContain('key.created')
  expect(places.log).toContain('(hidden)')
  expect(places.redis).toContain('key:line-3')
})

/** Of every key what it holds, in the words of Redis itself. */
function dumpRedis(): Promise<string> {
  return withClient(redis.url, async (client) => {
    const parts: string[] = []
    for (const key of await client.keys('*')) {
      const read: Record<string, () => Promise<unknown>> = {
        hash: () => client.hgetall(key),
        zset: () => client.zrange(key, '0', '-1'),
        list: () => client.lrange(key, '0', '-1'),
        set: () => client.smembers(key),
        stream: () => client.xrange(key, '-', '+'),
        string: () => client.get(key),
      }
      parts.push(key, JSON.stringify(await read[await client.type(key)]?.()))
    }
    return parts.join('\n')
  })
}

/** The bytes of all that lies in the data folder, what SQLite has not yet put in its place included. */
function dumpFiles(): string {
  const { jobStore } = gateway.deps.config as never as { jobStore: { file: string } }
  const directory = dirname(jobStore.file)
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
    .join('\n')
}
