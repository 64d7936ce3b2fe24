import { createAuditRecord } from '@lupa/core/domain/audit-record'
import { newJobId } from '@lupa/core/domain/ids'
import { finishJob } from '@lupa/core/domain/job'
import type { ImageStore } from '@lupa/core/images/image-store'
import type { Lease } from '@lupa/core/jobs/lease'
import { createRedisLease } from '@lupa/core/jobs/redis-lease'
import { webhookId } from '@lupa/core/webhooks/webhook-body'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { aJobRecord, aSuccess } from '../../../packages/core/test/job-records.ts'
import { createEraseExpired } from '../src/erase-expired.ts'
import { createExpireOverdue } from '../src/expire-overdue.ts'
import { createReconcile, type ReconcileStep } from '../src/reconcile.ts'
import { createRequeueJobs } from '../src/requeue-jobs.ts'
import { createSweepOrphans } from '../src/sweep-orphans.ts'
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
      steps: [createRequeueJobs({ ...bench, graceMs: MINUTE_MS }), createEraseExpired(bench)],
    })

  test('puts back what Redis lost, once, and leaves alone what is queued or just accepted', async () => {
    const lost = await bench.accept({ acceptedAt: ago(5 * MINUTE_MS) })
    const queued = await bench.accept({ acceptedAt: ago(5 * MINUTE_MS) })
    const young = await bench.accept({ acceptedAt: ago(1000) })
    await bench.jobQueue.enqueue(queued)
    await reconcile()
    await reconcile()
    expect(await bench.jobQueue.holds(lost.id)).toBe(true)
    expect(await bench.jobQueue.holds(young.id)).toBe(false)
    expect((await bench.jobQueue.depth()).waiting).toBe(2)
  })

  test('finds every lost job of a large backlog', { timeout: 60_000 }, async () => {
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
    const times = { claimedAt: old.created_at, expiresAt: '2100-01-01T00:00:00.000Z' }
    const claim = { client: 'ana', key: old.id, fingerprint: 'f', jobId: old.id, ...times }
    await bench.jobStore.claimKey(claim)
    await reconcile()
    expect(await bench.jobStore.get(old.id)).toBeUndefined()
    expect(await bench.jobStore.claimKey(claim)).toEqual({ ...claim, erased: true })
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

describe('the reconciler, besides', () => {
  let bench: WorkerBench
  let lease: Lease
  beforeEach(async () => {
    bench = await startWorkerBench(sayOpen().predict)
    lease = aLease()
  })
  afterEach(async () => {
    await bench[Symbol.asyncDispose]()
  })

  const aLease = (ttlMs = MINUTE_MS) => createRedisLease({ redis: bench.redis, name: 'reconcile', ttlMs })
  const run = (...steps: ReconcileStep[]) => createReconcile({ ...bench, lease, steps })()

  test('ends waiting jobs at their deadline, each by its own code, and takes them off the queue', async () => {
    const overdue = await bench.accept({ acceptedAt: ago(MINUTE_MS), cancelAfterSeconds: 30 })
    const inTime = await bench.accept({ acceptedAt: ago(MINUTE_MS), cancelAfterSeconds: 90 })
    for (const job of [overdue, inTime]) await bench.jobQueue.enqueue(job)
    await run(createExpireOverdue(bench))
    expect(await bench.jobStore.get(overdue.id)).toMatchObject({
      status: 'expired',
      error: { code: 'deadline_exceeded' },
    })
    expect((await bench.events.latest(overdue.id))?.status).toBe('expired')
    expect(await bench.jobQueue.holds(overdue.id)).toBe(false)
    expect((await bench.jobStore.get(inTime.id))?.status).toBe('queued')
    expect(await bench.jobQueue.holds(inTime.id)).toBe(true)
  })

  test('ends what has waited on the queue for longer than a job may', async () => {
    const old = await bench.accept({ acceptedAt: ago(120 * MINUTE_MS) })
    await bench.jobQueue.enqueue(old)
    await run(createRequeueJobs({ ...bench, graceMs: MINUTE_MS }))
    expect((await bench.jobStore.get(old.id))?.error?.code).toBe('queue_ttl_exceeded')
    expect(await bench.jobQueue.holds(old.id)).toBe(false)
  })

  test('deletes an upload that no job was made of, once none can be made of it any more', async () => {
    const putAt = new Date()
    const upload = newJobId()
    await bench.imageStore.put(upload, Buffer.from('x'), { contentType: 'image/jpeg' })
    const isThere = async () => (await bench.imageStore.get(upload)) !== undefined
    vi.useFakeTimers({ toFake: ['Date'], now: putAt })
    try {
      // Its URL takes bytes for an hour at most, and for an hour more a job can be made of it.
      vi.setSystemTime(putAt.getTime() + 2 * 60 * MINUTE_MS)
      await run(createSweepOrphans(bench))
      expect(await isThere()).toBe(true)
      vi.setSystemTime(putAt.getTime() + 25 * 60 * MINUTE_MS)
      await run(createSweepOrphans(bench))
      expect(await isThere()).toBe(false)
    } finally {
      vi.useRealTimers()
    }
  })

  test('deletes old images that no job has, a page at a time, and leaves the others', async () => {
    const kept = await Promise.all([0, 1, 2].map(() => bench.accept()))
    const orphans = [0, 1, 2, 3, 4].map((at) => `0000000${at}-0000-7000-8000-000000000000`)
    for (const id of orphans) await bench.imageStore.put(id, Buffer.from('x'), { contentType: 'image/jpeg' })
    const young = newJobId()
    await bench.imageStore.put(young, Buffer.from('x'), { contentType: 'image/jpeg' })

    // All files are of this moment: what is old is told by the ids.
    const everything = {
      ...bench.imageStore,
      list: listBefore(bench.imageStore, new Date(Date.now() + 60_000)),
    }
    const sweep = createSweepOrphans({ ...bench, imageStore: everything, pageSize: 3, everyRounds: 2 })
    for (let round = 0; round < 6; round++) await run(sweep)

    expect(await Promise.all(orphans.map((id) => bench.imageStore.get(id)))).toEqual(
      orphans.map(() => undefined),
    )
    for (const id of [young, ...kept.map((job) => job.id)])
      expect(await bench.imageStore.get(id)).toBeDefined()
  })

  test('forgets idempotency keys past their time', async () => {
    const claim = { client: 'ana', key: 'k', fingerprint: 'f', claimedAt: ago(2000).toISOString() }
    const expiresAt = ago(1000).toISOString()
    await bench.jobStore.claimKey({ ...claim, jobId: newJobId(), expiresAt })
    await run(createEraseExpired(bench))
    expect(await bench.jobStore.sweepKeys(new Date())).toBe(0)
  })

  test('forgets what administrators did past its time', async () => {
    const by = { client: 'basic:ana', key_id: null, user_ip: null, request_id: 'r' }
    const act = { action: 'key.revoked' as const, target: '0123456789' }
    const [over, kept] = [ago(100_000), ago(1000)].map((at) =>
      createAuditRecord(act, by, { at, retentionSeconds: 60 }),
    )
    for (const record of [over, kept]) if (record) await bench.jobStore.addAuditRecord(record)
    await run(createEraseExpired(bench))
    expect(await bench.jobStore.listAuditRecords({ limit: 10 })).toEqual([kept])
  })

  test('goes on with its other steps when one fails', async () => {
    const lost = await bench.accept({ acceptedAt: ago(5 * MINUTE_MS) })
    const failing = { name: 'fails', run: () => Promise.reject(new Error('It cannot.')) }
    await run(failing, createRequeueJobs({ ...bench, graceMs: MINUTE_MS }))
    expect(await bench.jobQueue.holds(lost.id)).toBe(true)
  })

  test('is taken over when its process dies, and stops in the middle when another one has taken over', async () => {
    const short = aLease(200)
    const steps: string[] = []
    const taken = Promise.withResolvers<void>()
    const goOn = Promise.withResolvers<void>()
    const stuck: ReconcileStep = {
      name: 'stuck',
      async run(keepLease) {
        taken.resolve()
        await goOn.promise
        await keepLease()
        steps.push('of the first')
      },
    }
    const first = createReconcile({ ...bench, lease: short, steps: [stuck, stuck] })()
    await taken.promise
    const note: ReconcileStep = { name: 'note', run: async () => void steps.push('of the second') }
    const second = createReconcile({ ...bench, lease: aLease(), steps: [note] })
    await expect
      .poll(async () => {
        await second()
        return steps
      })
      .toEqual(['of the second'])
    goOn.resolve()
    await first
    expect(steps).toEqual(['of the second'])
  })
})

function listBefore(images: ImageStore, storedBefore: Date): ImageStore['list'] {
  return (query) => images.list({ ...query, storedBefore })
}

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
    expect(bench.notices).toEqual([
      { deliveryId: webhookId(answered.id, 'job.succeeded'), triesMade: 0, traceId: null },
    ])
  })
})
