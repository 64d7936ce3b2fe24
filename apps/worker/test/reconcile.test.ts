import { finishJob } from '@lupa/core/domain/job'
import { createRedisLease } from '@lupa/core/jobs/redis-lease'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { aJobRecord, aSuccess } from '../../../packages/core/test/job-records.ts'
import { createReconcile } from '../src/reconcile.ts'
import { createWriteAnswered } from '../src/write-answered.ts'
import { sayOpen, startWorkerBench, type WorkerBench } from './worker-bench.ts'

const MINUTE_MS = 60_000
const ago = (ms: number) => new Date(Date.now() - ms)

describe('the reconciler', () => {
  let bench: WorkerBench
  let reconcile: () => Promise<void>

  beforeEach(async () => {
    bench = await startWorkerBench(sayOpen().predict)
    reconcile = aReconciler()
  })
  afterEach(async () => {
    await bench[Symbol.asyncDispose]()
  })

  const aReconciler = () =>
    createReconcile({
      ...bench,
      lease: createRedisLease({ redis: bench.redis, name: 'reconcile', ttlMs: MINUTE_MS }),
      graceMs: MINUTE_MS,
    })

  test('puts back what Redis lost, once, and leaves alone what is queued or just accepted', async () => {
    const lost = await bench.accept({ acceptedAt: ago(5 * MINUTE_MS) })
    const queued = await bench.accept({ acceptedAt: ago(5 * MINUTE_MS) })
    const young = await bench.accept({ acceptedAt: ago(1000) })
    await bench.jobQueue.enqueue(queued.id)
    await reconcile()
    await reconcile()
    expect(await bench.jobQueue.holds(lost.id)).toBe(true)
    expect(await bench.jobQueue.holds(young.id)).toBe(false)
    expect((await bench.jobQueue.depth()).waiting).toBe(2)
  })

  test('finds every lost job of a large backlog', async () => {
    const jobs = await Promise.all(
      Array.from({ length: 1203 }, (_, at) => bench.accept({ acceptedAt: ago(5 * MINUTE_MS + at) })),
    )
    await bench.redis.flushall()
    await reconcile()
    expect((await bench.jobQueue.depth()).waiting).toBe(jobs.length)
  })

  test('ends what waited longer than a job may', async () => {
    const old = await bench.accept({ acceptedAt: ago(120 * MINUTE_MS) })
    await reconcile()
    expect(await bench.jobStore.get(old.id)).toMatchObject({
      status: 'expired',
      error: { code: 'queue_ttl_exceeded' },
    })
  })

  test('erases record and image once their time is over', async () => {
    const old = await bench.accept({ acceptedAt: ago(10 * MINUTE_MS), retentionSeconds: 60 })
    await bench.jobStore.finish(old.id, aSuccess(old))
    await reconcile()
    expect(await bench.jobStore.get(old.id)).toBeUndefined()
    expect(await bench.imageStore.get(old.id)).toBeUndefined()
  })

  test('works in one process at a time', async () => {
    const second = aReconciler()
    await reconcile()
    await bench.accept({ acceptedAt: ago(5 * MINUTE_MS) })
    await second()
    expect((await bench.jobQueue.depth()).waiting).toBe(0)
    await reconcile()
    expect((await bench.jobQueue.depth()).waiting).toBe(1)
  })
})

describe('writing behind what the cache answered', () => {
  test('puts the image beside the record, and may be repeated', async () => {
    await using bench = await startWorkerBench(sayOpen().predict)
    const source = await bench.accept()
    const answered = aJobRecord({ image: source.image })
    const write = createWriteAnswered(bench)
    await write([{ record: answered, imageOf: source.id }])
    await write([{ record: answered, imageOf: source.id }])
    expect(await bench.jobStore.get(answered.id)).toEqual(answered)
    expect(await bench.imageStore.get(answered.id)).toEqual(await bench.imageStore.get(source.id))
    expect(bench.notices).toEqual([])
  })

  test('sends the webhook that was asked for', async () => {
    await using bench = await startWorkerBench(sayOpen().predict)
    const source = await bench.accept()
    const asked = aJobRecord({
      image: source.image,
      webhook: { url: 'https://example.org/', events: ['job.succeeded'] },
    })
    const answered = finishJob(asked, aSuccess(asked))
    await createWriteAnswered(bench)([{ record: answered, imageOf: source.id }])
    expect(bench.notices).toEqual([{ jobId: answered.id, event: 'job.succeeded' }])
  })
})
