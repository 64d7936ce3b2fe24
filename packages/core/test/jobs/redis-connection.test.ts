import { once } from 'node:events'
import { createServer } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { askRedis, producerConnection, untilReady } from '../../src/jobs/redis-connection.ts'
import { createLogger } from '../../src/runtime/logger.ts'
import { startRedisServer } from '../services/redis-server.ts'
import { openRedisSession } from './redis-session.ts'

const logger = createLogger('test', { level: 'silent', pretty: false })

describe('producerConnection', () => {
  test('takes user, password, port and database from the URL', async () => {
    await using server = await startRedisServer('--requirepass', 'p@ss')
    const url = server.url.replace('//', '//default:p%40ss@').concat('/3')
    const redis = open(url)
    await untilReady(redis, { timeoutMs: 5000 })
    expect(await redis.client('INFO')).toContain('db=3')
  })

  test('speaks TLS to a rediss address', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    onTestFinished(() => void server.close())
    await once(server, 'listening')
    const address = server.address()
    const port = typeof address === 'object' && address ? address.port : 0

    const connected = once(server, 'connection')
    open(`rediss://127.0.0.1:${port}`)
    const [socket] = await connected
    onTestFinished(() => void socket.destroy())
    const [bytes] = await once(socket, 'data')
    // A TLS record of the kind "handshake" begins with 0x16.
    expect(bytes[0]).toBe(0x16)
  })

  test('is there again by itself after Redis was killed and is back', async () => {
    await using session = await openRedisSession()
    const redis = await session.connect()
    await session.kill()
    await expect(askRedis(redis, () => redis.ping())).rejects.toMatchObject({ code: 'queue_unavailable' })
    await session.restart()
    await untilReady(redis, { timeoutMs: 5000 })
    expect(await askRedis(redis, () => redis.ping())).toBe('PONG')
  })
})

describe('askRedis', () => {
  test('waits a moment for a connection that is just being made', async () => {
    await using server = await startRedisServer()
    const redis = open(server.url)
    expect(await askRedis(redis, () => redis.ping())).toBe('PONG')
  })

  test('a thousand callers are told within two seconds while Redis hangs', async () => {
    await using session = await openRedisSession()
    const redis = await session.connect()
    session.hang()

    const startedAt = Date.now()
    const outcomes = await Promise.allSettled(
      Array.from({ length: 1000 }, () => askRedis(redis, () => redis.ping())),
    )
    expect(Date.now() - startedAt).toBeLessThan(2500)
    expect(outcomes.every((outcome) => outcome.status === 'rejected')).toBe(true)
  })

  test('keeps what Redis said, and says what to do', async () => {
    await using session = await openRedisSession()
    const redis = await session.connect()
    await redis.set('text', 'a')
    const error = await askRedis(redis, () => redis.incr('text')).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({
      code: 'queue_unavailable',
      retryable: true,
      message: expect.stringMatching(/not an integer.*check that Redis runs/),
      cause: expect.objectContaining({ message: expect.stringContaining('not an integer') }),
    })
  })
})

describe('untilReady', () => {
  test('rejects when Redis does not answer in time', async () => {
    const redis = open('redis://127.0.0.1:1')
    await expect(untilReady(redis, { timeoutMs: 200 })).rejects.toMatchObject({ code: 'queue_unavailable' })
  })
})

function open(url: string) {
  const redis = producerConnection({ redisUrl: url, logger })
  onTestFinished(() => redis.disconnect())
  return redis
}
