import { createErasure } from '@lupa/core/domain/erasure'
import { newJobId } from '@lupa/core/domain/ids'
import { cacheKeyOf } from '@lupa/core/jobs/result-cache'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createEraseClients } from '../src/erase-clients.ts'
import { inHand, notAborted, sayOpen, startWorkerBench, type WorkerBench } from './worker-bench.ts'

const keepLease = async () => {}

describe('all of a client', () => {
  let bench: WorkerBench
  beforeEach(async () => {
    bench = await startWorkerBench(sayOpen().predict)
  })
  afterEach(() => bench[Symbol.asyncDispose]())

  const aStep = (settleMs = 0) => createEraseClients({ ...bench, resultCache: bench.cache, settleMs })

  async function order(client: string, at = new Date(Date.now() + 1)) {
    const erasure = createErasure(client, { at, retentionSeconds: 60 })
    await bench.jobStore.putErasure(erasure)
    return async () => bench.jobStore.getErasure(erasure.id)
  }

  test('is erased: jobs that ended, that wait and that failed, images, results, keys; and nothing of others', async () => {
    const mine = await Promise.all(Array.from({ length: 3 }, () => bench.accept({ client: 'key:a' })))
    const [done, dead, waiting] = mine as [(typeof mine)[0], (typeof mine)[0], (typeof mine)[0]]
    const others = await bench.accept({ client: 'key:ab' })
    for (const job of [done, others]) await bench.handle(inHand(job), notAborted)
    const error = new Error('broken')
    await bench.jobStore.finish(dead.id, { status: 'failed', at: new Date(), error: error as never })
    await bench.jobQueue.enqueue(waiting)
    const claim = { client: 'key:a', key: 'k', fingerprint: 'f', claimedAt: '2026-11-23T12:00:00.000Z' }
    const expiresAt = '2100-01-01T00:00:00.000Z'
    await bench.jobStore.claimKey({ ...claim, jobId: done.id, expiresAt })

    const order_ = await order('key:a')
    await aStep().run(keepLease)
    await aStep().run(keepLease)
    expect(await order_()).toMatchObject({ status: 'done', jobs: 3, done_at: expect.any(String) })

    for (const { id } of mine) {
      expect(await bench.jobStore.get(id)).toBeUndefined()
      expect(await bench.imageStore.get(id)).toBeUndefined()
      expect(await bench.events.latest(id)).toBeUndefined()
    }
    expect(await bench.jobQueue.holds(waiting.id)).toBe(false)
    expect(await bench.jobStore.listDead({ limit: 10 })).toEqual([])
    expect(await bench.cache.get(cacheKeyOf(done, 'client'))).toBeUndefined()
    const again = { ...claim, jobId: newJobId(), expiresAt }
    expect((await bench.jobStore.claimKey(again)).jobId).toBe(again.jobId)
    expect(await bench.jobStore.get(others.id)).toMatchObject({ status: 'succeeded' })
    expect(await bench.imageStore.get(others.id)).toBeDefined()
    expect(await bench.cache.get(cacheKeyOf(others, 'client'))).toBeDefined()
  })

  test('but what came after it was asked', async () => {
    const old = await bench.accept({ client: 'key:a', acceptedAt: new Date(Date.now() - 1000) })
    await order('key:a', new Date(Date.now() - 500))
    const later = await bench.accept({ client: 'key:a' })
    await aStep().run(keepLease)
    expect(await bench.jobStore.get(old.id)).toBeUndefined()
    expect(await bench.jobStore.get(later.id)).toBeDefined()
  })

  test('by whoever takes over when the first one stops, and done is told only after a look that found nothing', async () => {
    await Promise.all(Array.from({ length: 250 }, () => bench.accept({ client: 'key:a' })))
    const look = await order('key:a')
    const lost = async () => {
      throw new Error('another process has the lease')
    }
    await expect(aStep().run(lost)).rejects.toThrow('lease')
    expect(await look()).toMatchObject({ status: 'running', jobs: 100 })
    await aStep(60_000).run(keepLease)
    expect(await look()).toMatchObject({ status: 'running', jobs: 250, empty_since: expect.any(String) })
    // Written behind meanwhile, of before.
    await bench.accept({ client: 'key:a', acceptedAt: new Date(Date.now() - 60_000) })
    await aStep(60_000).run(keepLease)
    expect(await look()).toMatchObject({ status: 'running', jobs: 251 })
    await aStep(0).run(keepLease)
    expect(await look()).toMatchObject({ status: 'done', jobs: 251 })
    expect(await bench.jobStore.list({ client: 'key:a', limit: 10 })).toEqual([])
  })
})
