import { describe, expect, test } from 'vitest'
import { newJobId } from '../../src/domain/ids.ts'
import { createBullmqJobQueue } from '../../src/jobs/bullmq-job-queue.ts'
import { createRedisAdmission } from '../../src/jobs/redis-admission.ts'
import { describeAdmission } from '../contracts/admission.ts'
import { aQueuedJob } from './queued-job.ts'
import { openRedisSession } from './redis-session.ts'

describeAdmission('Redis admission', async () => {
  const session = await openRedisSession()
  const queue = createBullmqJobQueue({ redisUrl: session.url, logger: session.logger })
  return {
    openAdmission: async (options) => createRedisAdmission({ redis: await session.connect(), ...options }),
    putOnQueue: async (client, id) => void (await queue.enqueue(aQueuedJob({ id, client }))),
    async [Symbol.asyncDispose]() {
      await queue.close()
      await session[Symbol.asyncDispose]()
    },
  }
})

describe('Redis admission under faults', () => {
  test('while Redis is away, reserving rejects within two seconds', async () => {
    await using session = await openRedisSession()
    const admission = createRedisAdmission({ redis: await session.connect(), limit: 10 })
    session.hang()
    const beganMs = performance.now()
    await expect(admission.reserve('ana', newJobId())).rejects.toMatchObject({ code: 'queue_unavailable' })
    expect(performance.now() - beganMs).toBeLessThan(2000)
  })

  test('after Redis was killed and came back empty, all places are free', async () => {
    await using session = await openRedisSession()
    const admission = createRedisAdmission({ redis: await session.connect(), limit: 1 })
    await admission.reserve('ana', newJobId())
    await session.kill()
    await session.restart()
    const again = createRedisAdmission({ redis: await session.connect(), limit: 1 })
    expect(await again.reserve('bruno', newJobId())).toBe('reserved')
  })
})
