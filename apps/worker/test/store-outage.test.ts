import { LupaError } from '@lupa/core/domain/errors'
import type { JobRecord } from '@lupa/core/domain/job'
import { createBullmqJobConsumer } from '@lupa/core/jobs/bullmq-job-consumer'
import type { JobConsumer } from '@lupa/core/jobs/job-consumer'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Predictor } from '../src/predictor/predictor.ts'
import { sayOpen, startWorkerBench, type WorkerBench } from './worker-bench.ts'

const WEBHOOK = { url: 'https://example.com/hook', events: ['job.succeeded' as const] }

describe('while the stores answer nobody', () => {
  let bench: WorkerBench
  let consumer: JobConsumer
  let open: ReturnType<typeof sayOpen>
  let predict: Predictor['predict']
  let outage: ReturnType<typeof createOutage>

  beforeEach(async () => {
    open = sayOpen()
    predict = (...asked) => open.predict(...asked)
    outage = createOutage()
    bench = await startWorkerBench((...asked) => predict(...asked), outage.between)
    const { redisUrl, logger } = bench
    consumer = createBullmqJobConsumer({ redisUrl, name: 'worker-1', concurrency: 4, logger })
    consumer.start(bench.handle)
  })
  afterEach(async () => {
    await consumer.stop()
    await bench[Symbol.asyncDispose]()
  })

  async function accept(count: number): Promise<JobRecord[]> {
    const jobs = await Promise.all(Array.from({ length: count }, () => bench.accept({ webhook: WEBHOOK })))
    for (const job of jobs) await bench.jobQueue.enqueue(job)
    return jobs
  }
  const records = async (jobs: JobRecord[]) =>
    (await Promise.all(jobs.map(({ id }) => bench.jobStore.get(id)))) as JobRecord[]
  const statuses = async (jobs: JobRecord[]) => [
    ...new Set((await records(jobs)).map(({ status }) => status)),
  ]

  test('jobs are put off, and succeed when they are back, however often that took', async () => {
    outage.begin()
    const jobs = await accept(20)
    // More beginnings than a job has attempts.
    await expect.poll(() => outage.refused(), { timeout: 15_000 }).toBeGreaterThan(20 * 3)
    expect(await statuses(jobs)).toEqual(['queued'])
    outage.end()
    await expect.poll(() => statuses(jobs), { timeout: 15_000 }).toEqual(['succeeded'])
    await expect.poll(() => bench.notices).toHaveLength(20)
  }, 40_000)

  test('a result that could not be written is kept, and the model is not run again', async () => {
    predict = async (...asked) => {
      outage.begin()
      return open.predict(...asked)
    }
    const jobs = await accept(1)
    await expect.poll(() => outage.refused()).toBeGreaterThan(0)
    outage.end()
    await expect.poll(() => statuses(jobs), { timeout: 15_000 }).toEqual(['succeeded'])
    expect((await records(jobs))[0]?.attempt).toBeGreaterThan(1)
    expect(open.asked()).toBe(1)
  }, 30_000)
})

/** What stands between a worker and its stores, and can keep it from them. */
function createOutage() {
  let isAway = false
  let refused = 0

  function between<Store extends object>(store: Store): Store {
    return new Proxy(store, {
      get(target, name, receiver) {
        const member: unknown = Reflect.get(target, name, receiver)
        if (typeof member !== 'function' || !isAway) return member
        return async () => {
          refused++
          throw new LupaError('store_unavailable', 'The store answers nobody.')
        }
      },
    })
  }

  return {
    between,
    begin: () => void (isAway = true),
    end: () => void (isAway = false),
    refused: () => refused,
  }
}
