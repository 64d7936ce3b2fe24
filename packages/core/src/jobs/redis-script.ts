import { createHash } from 'node:crypto'
import type { Redis } from 'ioredis'

/** A Lua script, sent whole only to a Redis that does not know it yet. */
export type RedisScript = (redis: Redis, keys: string[], args: (string | number)[]) => Promise<unknown>

export function redisScript(lua: string): RedisScript {
  const sha1 = createHash('sha1').update(lua).digest('hex')
  return async function run(redis, keys, args) {
    try {
      return await redis.evalsha(sha1, keys.length, ...keys, ...args)
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error
      return await redis.eval(lua, keys.length, ...keys, ...args)
    }
  }
}

/** In a script, `now`: by Redis' own clock, since those of the machines may differ. */
export const NOW_MS = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)`
