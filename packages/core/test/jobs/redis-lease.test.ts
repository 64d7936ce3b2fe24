import { createRedisLease } from '../../src/jobs/redis-lease.ts'
import { describeLease } from '../contracts/lease.ts'
import { openRedisSession } from './redis-session.ts'

describeLease('Redis lease', async () => {
  const session = await openRedisSession()
  const redis = await session.connect()
  return {
    openLease: ({ ttlMs }) => createRedisLease({ redis, name: 'reconcile', ttlMs }),
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  }
})
