import type { Redis } from 'ioredis'
import { redisScript } from './redis-script.ts'

const hold = redisScript(`
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1`)

const release = redisScript(`
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 1`)

/** Makes `holder` the one that has the key, for `ttlMs` from now; false while another has it. */
export async function holdKey(redis: Redis, key: string, holder: string, ttlMs: number): Promise<boolean> {
  return (await hold(redis, [key], [holder, Math.ceil(ttlMs)])) === 1
}

/** Frees the key, if `holder` still has it. */
export async function releaseKey(redis: Redis, key: string, holder: string): Promise<void> {
  await release(redis, [key], [holder])
}
