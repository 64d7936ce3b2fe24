import { join } from 'node:path'
import { ROOT } from '../checks/run-check.ts'
import { findRedisServer } from './redis-binary.ts'
import { say } from './say.ts'

/** Finds a redis-server once, fetching it where there is none, for every Lupa and every Redis that this script will start. */
export async function nameRedisServer(): Promise<void> {
  const redis = await findRedisServer({
    toolsDirectory: join(ROOT, '.lupa/tools'),
    choice: process.env.LUPA_REDIS_SERVER,
    say,
    stopping: new AbortController().signal,
  })
  if (redis.kind === 'binary') process.env.LUPA_REDIS_SERVER = redis.command
}
