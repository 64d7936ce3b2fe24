import { createRedisWorkerRegistry } from '../../src/jobs/redis-worker-registry.ts'
import { describeWorkerRegistry } from '../contracts/worker-registry.ts'
import { openRedisSession } from './redis-session.ts'

describeWorkerRegistry('Redis worker registry', async ({ ttlMs }) => {
  const session = await openRedisSession()
  return {
    registry: createRedisWorkerRegistry({ redis: await session.connect(), ttlMs }),
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  }
})
