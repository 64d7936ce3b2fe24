import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import type { AccessToken, TokenCredential } from '@azure/identity'
import type { Redis } from 'ioredis'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { createBullmqJobConsumer } from '../../src/jobs/bullmq-job-consumer.ts'
import { createBullmqJobQueue } from '../../src/jobs/bullmq-job-queue.ts'
import { openEntraRedisLogin } from '../../src/jobs/entra-redis-login.ts'
import { openRedisLogin } from '../../src/jobs/open-redis-login.ts'
import { producerConnection, untilReady } from '../../src/jobs/redis-connection.ts'
import { createRedisJobEvents } from '../../src/jobs/redis-job-events.ts'
import { createLogger } from '../../src/runtime/logger.ts'
import { aJobRecord } from '../job-records.ts'
import { withClient } from '../services/redis-client.ts'
import { freePort, startRedisServer } from '../services/redis-server.ts'
import { aQueuedJob } from './queued-job.ts'

const OBJECT_ID = '8f2c7a10-1111-4222-8333-444455556666'
const WITHIN = { timeout: 10_000, interval: 20 }

describe('a connection by tokens', () => {
  test('goes on over a renewal: each kind of connection says who it is now, and none is made anew', async () => {
    // One that blocks says it late, by a token that is not the newest any more.
    await using tokens = await aRedisByTokens({ lifeMs: 1500, keepsOld: true })
    const { connection, redis } = await tokens.connect()
    const queue = createBullmqJobQueue(connection)
    onTestFinished(() => queue.close())
    const done: string[] = []
    const consumer = createBullmqJobConsumer({ ...connection, name: 'test', concurrency: 1 })
    consumer.start(async ({ id }) => void done.push(id))
    onTestFinished(() => consumer.stop())
    const heard: string[] = []
    const events = createRedisJobEvents({ redis, hotSeconds: 60, logger: connection.logger })
    await using _listening = await events.listen((id) => heard.push(id))

    const record = () => aJobRecord({})
    const exchange = async () => {
      const announced = record()
      const job = aQueuedJob()
      await events.announce(announced)
      await queue.enqueue(job)
      await vi.waitFor(() => {
        expect(heard).toContain(announced.id)
        expect(done).toContain(job.id)
      }, WITHIN)
    }
    await exchange()
    const before = await tokens.connectionIds()
    expect(before.length).toBeGreaterThanOrEqual(5)

    const renewed = tokens.given()
    await vi.waitFor(() => expect(tokens.given()).toBeGreaterThanOrEqual(renewed + 3), WITHIN)
    await exchange()
    expect(await tokens.connectionIds()).toEqual(before)
    expect(tokens.logged()).toBe('')
    // Blocked ones say it as soon as they are not: BullMQ waits five seconds at a time.
    await vi.waitFor(
      async () => expect(await tokens.timesSaid()).toBeGreaterThanOrEqual(before.length * 2),
      WITHIN,
    )
  })

  test('that was cut comes back with the token of the moment, and so does a duplicate', async () => {
    await using tokens = await aRedisByTokens({ lifeMs: 1000 })
    const { redis } = await tokens.connect()
    const duplicate = redis.duplicate()
    duplicate.on('error', () => {})
    onTestFinished(() => duplicate.disconnect())
    await untilReady(duplicate, { timeoutMs: 5000 })

    const renewed = tokens.given()
    await vi.waitFor(() => expect(tokens.given()).toBeGreaterThanOrEqual(renewed + 2), WITHIN)
    await tokens.cutAll()
    await vi.waitFor(async () => {
      expect(await redis.ping()).toBe('PONG')
      expect(await duplicate.ping()).toBe('PONG')
    }, WITHIN)
    expect(await redis.call('ACL', 'WHOAMI')).toBe(OBJECT_ID)
  })

  test('stays while the token cannot be renewed, and says so until it can', async () => {
    await using tokens = await aRedisByTokens({ lifeMs: 1500 })
    const { redis } = await tokens.connect()
    const before = await tokens.connectionIds()
    tokens.refuse(new Error('The metadata endpoint is away'))
    await vi.waitFor(() => expect(tokens.logged()).toContain('could not be renewed'), WITHIN)
    expect(await redis.ping()).toBe('PONG')

    const given = tokens.given()
    tokens.refuse(undefined)
    await vi.waitFor(() => expect(tokens.given()).toBeGreaterThan(given), WITHIN)
    await vi.waitFor(() => expect(tokens.logged()).toContain('was renewed'), WITHIN)
    expect(await tokens.connectionIds()).toEqual(before)
  })

  test('whose renewed token Redis refuses stays, and offers it again', async () => {
    await using tokens = await aRedisByTokens({ lifeMs: 1000 })
    const { redis } = await tokens.connect()
    tokens.lastIsUnknown()
    await vi.waitFor(() => expect(tokens.logged()).toContain('does not take the renewed credentials'), WITHIN)
    expect(await redis.ping()).toBe('PONG')
    const said = await tokens.timesSaid()
    await tokens.makeLastKnown()
    await vi.waitFor(async () => expect(await tokens.timesSaid()).toBeGreaterThan(said), WITHIN)
    expect(tokens.logged()).not.toContain('token-')
  })

  test('is made once there is a token, where there was none at the start', async () => {
    await using tokens = await aRedisByTokens({ lifeMs: 60_000, refuse: new Error('not yet') })
    const opening = tokens.connect()
    await vi.waitFor(() => expect(tokens.logged()).toContain('there is no token for Redis'), WITHIN)
    tokens.refuse(undefined)
    const { redis } = await opening
    expect(await redis.ping()).toBe('PONG')
  })
})

test('without a user in the URL the object id that the token names is the user', async () => {
  const claims = Buffer.from(JSON.stringify({ oid: OBJECT_ID })).toString('base64url')
  const logger = createLogger('test', { level: 'silent', pretty: false })
  const give = (token: string) => ({
    getToken: async () => ({ token, expiresOnTimestamp: Date.now() + 60_000 }),
  })
  await using login = await openEntraRedisLogin({ credential: give(`e30.${claims}.c2ln`), logger })
  expect(login.current()).toMatchObject({ username: OBJECT_ID })
})

test('with REDIS_AUTH=entra-id the token is that of the managed identity, asked for Redis', async () => {
  const claims = Buffer.from(JSON.stringify({ oid: OBJECT_ID })).toString('base64url')
  const asked: (string | undefined)[] = []
  // Where Container Apps and App Service give an app its tokens.
  const endpoint = createServer((request, response) => {
    asked.push(request.url)
    const expires_on = Math.floor(Date.now() / 1000) + 3600
    response.setHeader('content-type', 'application/json')
    response.end(
      JSON.stringify({
        access_token: `e30.${claims}.c2ln`,
        expires_on,
        resource: 'https://redis.azure.com',
        token_type: 'Bearer',
      }),
    )
  }).listen(0, '127.0.0.1')
  onTestFinished(() => void endpoint.close())
  await once(endpoint, 'listening')
  vi.stubEnv('IDENTITY_ENDPOINT', `http://127.0.0.1:${(endpoint.address() as AddressInfo).port}/token`)
  vi.stubEnv('IDENTITY_HEADER', 'of this test')
  vi.stubEnv('AZURE_CLIENT_ID', '0a0a0a0a-1111-4222-8333-444455556666')
  onTestFinished(() => void vi.unstubAllEnvs())

  const logger = createLogger('test', { level: 'silent', pretty: false })
  const config = { redisAuth: 'entra-id', redisUrl: 'rediss://example.redis.azure.net:10000' } as const
  await using login = await openRedisLogin(config, { logger })
  expect(login?.current()).toMatchObject({ username: OBJECT_ID, password: `e30.${claims}.c2ln` })
  const query = new URL(asked[0] ?? '', 'http://localhost').searchParams
  expect(query.get('resource')).toBe('https://redis.azure.com')
  expect(query.get('client_id')).toBe('0a0a0a0a-1111-4222-8333-444455556666')
  expect(await openRedisLogin({ ...config, redisAuth: 'url' }, { logger })).toBeUndefined()
})

test('the same token again is no renewal: it is asked for until there is another', async () => {
  const logger = createLogger('test', { level: 'silent', pretty: false })
  let asked = 0
  const credential = {
    async getToken() {
      asked++
      return {
        token: asked < 4 ? 'old' : 'new',
        expiresOnTimestamp: Date.now() + 60_000,
        refreshAfterTimestamp: 1,
      }
    },
  }
  await using login = await openEntraRedisLogin({ credential, username: 'me', logger, sameAgainMs: 20 })
  const changes = vi.fn<() => void>()
  login.onChange(changes)
  expect(login.current()?.password).toBe('old')
  await vi.waitFor(() => expect(login.current()?.password).toBe('new'), WITHIN)
  expect(asked).toBe(4)
  expect(changes).toHaveBeenCalledOnce()
})

test.skipIf(!hasOpenssl())('over TLS', async () => {
  const { directory, certificate, key } = aCertificate()
  const usual = getCACertificates('default')
  setDefaultCACertificates([...usual, readFileSync(certificate, 'utf8')])
  onTestFinished(() => setDefaultCACertificates(usual))
  const port = await freePort()
  const tls = ['--tls-port', `${port}`, '--tls-cert-file', certificate, '--tls-key-file', key]
  await using tokens = await aRedisByTokens({
    lifeMs: 1000,
    options: [...tls, '--tls-ca-cert-file', certificate, '--tls-auth-clients', 'no'],
    redisUrl: `rediss://localhost:${port}`,
  })
  onTestFinished(() => rmSync(directory, { recursive: true }))
  const { redis } = await tokens.connect()
  const given = tokens.given()
  await vi.waitFor(() => expect(tokens.given()).toBeGreaterThanOrEqual(given + 2), WITHIN)
  expect(await redis.call('ACL', 'WHOAMI')).toBe(OBJECT_ID)
})

/**
 * A Redis whose one user has the newest token as its password, and no other: what Azure does when a token ends,
 * only sooner. Its credential stands in for Azure's.
 */
async function aRedisByTokens(given: {
  lifeMs: number
  /** Tokens are good beyond their renewal. */
  keepsOld?: boolean
  refuse?: Error
  options?: string[]
  redisUrl?: string
}) {
  const server = await startRedisServer(...(given.options ?? []))
  const asAdministrator = <T>(act: (client: Redis) => Promise<T>) => withClient(server.url, act)
  const setPassword = (token: string) =>
    asAdministrator((client) =>
      client.call(
        'ACL',
        'SETUSER',
        OBJECT_ID,
        'on',
        ...(given.keepsOld ? [] : ['resetpass']),
        `>${token}`,
        '~*',
        '&*',
        '+@all',
      ),
    )
  const lines: string[] = []
  const logger = createLogger(
    'test',
    { level: 'info', pretty: false },
    { write: (line) => void lines.push(line) },
  )
  let count = 0
  let refusal = given.refuse
  let { lifeMs } = given
  let isKnown = true

  const credential: TokenCredential = {
    async getToken(): Promise<AccessToken> {
      if (refusal) throw refusal
      const token = `token-${++count}`
      if (isKnown) await setPassword(token)
      const now = Date.now()
      return { token, expiresOnTimestamp: now + lifeMs, refreshAfterTimestamp: now + lifeMs / 2 }
    },
  }
  const opened: AsyncDisposable[] = []

  return {
    given: () => count,
    refuse: (error: Error | undefined) => void (refusal = error),
    logged: () => lines.join(''),
    async connect() {
      const login = await openEntraRedisLogin({ credential, username: OBJECT_ID, logger, firstPauseMs: 50 })
      opened.push(login)
      const connection = { redisUrl: given.redisUrl ?? server.url, redisLogin: login, logger }
      const redis = producerConnection(connection)
      onTestFinished(() => redis.disconnect())
      await untilReady(redis, { timeoutMs: 5000 })
      return { connection, redis }
    },
    connectionIds: () =>
      asAdministrator(async (client) => {
        const list = String(await client.client('LIST'))
        return Array.from(list.matchAll(/^id=(\d+) .*user=(\S+)/gm), ([, id, user]) => ({ id, user }))
          .filter(({ user }) => user === OBJECT_ID)
          .map(({ id }) => Number(id))
          .toSorted((one, other) => one - other)
      }),
    /** The next token lasts long, and Redis does not know it. */
    lastIsUnknown() {
      isKnown = false
      lifeMs = 600_000
    },
    makeLastKnown: () => setPassword(`token-${count}`),
    cutAll: () => asAdministrator((client) => client.call('CLIENT', 'KILL', 'USER', OBJECT_ID)),
    timesSaid: () =>
      asAdministrator(async (client) =>
        Number(/cmdstat_auth:calls=(\d+)/.exec(await client.info('commandstats'))?.[1] ?? 0),
      ),
    async [Symbol.asyncDispose]() {
      for (const each of opened) await each[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
    },
  }
}

function hasOpenssl(): boolean {
  try {
    execFileSync('openssl', ['version'])
    return true
  } catch {
    return false
  }
}

function aCertificate() {
  const directory = mkdtempSync(join(tmpdir(), 'lupa-test-tls-'))
  const [certificate, key] = [join(directory, 'certificate.pem'), join(directory, 'key.pem')]
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost']
  const files = ['-keyout', key, '-out', certificate]
  execFileSync(
    'openssl',
    ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...names, ...files],
    {
      stdio: 'ignore',
    },
  )
  return { directory, certificate, key }
}
