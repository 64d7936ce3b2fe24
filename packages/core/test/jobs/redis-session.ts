import { once } from 'node:events'
import type { Redis } from 'ioredis'
import { producerConnection, untilReady } from '../../src/jobs/redis-connection.ts'
import { createLogger, type Logger } from '../../src/runtime/logger.ts'
import { startRedisServer, type TestRedis } from '../services/redis-server.ts'

/** A Redis of a test's own, connections to it as our processes make them, and faults for it. */
export interface RedisSession extends AsyncDisposable {
  url: string
  logger: Logger
  connect(): Promise<Redis>
  /** Keeps its connections and answers nothing. */
  hang(): void
  kill(): Promise<void>
  /** Again, empty and at the same address. */
  restart(): Promise<void>
}

export async function openRedisSession(): Promise<RedisSession> {
  const logger = createLogger('test', { level: 'silent', pretty: false })
  const first = await startRedisServer()
  const servers: TestRedis[] = [first]
  const connections: Redis[] = []

  return {
    url: first.url,
    logger,

    async connect() {
      const redis = producerConnection({ redisUrl: first.url, logger })
      connections.push(redis)
      await untilReady(redis, { timeoutMs: 5000 })
      return redis
    },

    hang() {
      servers.at(-1)?.process.kill('SIGSTOP')
    },

    async kill() {
      const server = servers.at(-1)?.process
      server?.kill('SIGKILL')
      if (server) await once(server, 'exit')
    },

    async restart() {
      servers.push(await startRedisServer('--port', new URL(first.url).port))
    },

    async [Symbol.asyncDispose]() {
      for (const redis of connections) redis.disconnect()
      for (const server of servers) await server[Symbol.asyncDispose]()
    },
  }
}
