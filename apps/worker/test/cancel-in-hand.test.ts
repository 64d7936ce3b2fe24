import { LupaError } from '@lupa/core/domain/errors'
import type { JobRecord, Outcome } from '@lupa/core/domain/job'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Predictor } from '../src/predictor/predictor.ts'
import { inHand, notAborted, startWorkerBench, type WorkerBench } from './worker-bench.ts'

const WEBHOOK = {
  url: 'https://example.com/hook',
  events: ['job.succeeded' as const, 'job.canceled' as const],
}

describe('a job that is canceled while a worker computes it', () => {
  let bench: WorkerBench
  let predicting: PromiseWithResolvers<void>
  let listening: Promise<void>
  let closing: AbortController

  /** As a child that is killed when the signal aborts, and would else take for ever. */
  const predict: Predictor['predict'] = (_work, signal) => {
    predicting.resolve()
    return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
  }

  beforeEach(async () => {
    predicting = Promise.withResolvers()
    closing = new AbortController()
    bench = await startWorkerBench(predict)
    listening = bench.cancelInHand.listen(closing.signal)
  })
  afterEach(async () => {
    closing.abort()
    await listening
    await bench[Symbol.asyncDispose]()
  })

  const stored = async ({ id }: JobRecord) => (await bench.jobStore.get(id)) as JobRecord

  test('frees its slot within a second, stays canceled, and is told of once', async () => {
    const record = await bench.accept({ webhook: WEBHOOK })
    const handling = bench.handle(inHand(record), notAborted)
    await predicting.promise

    const ended = await bench.jobStore.finish(record.id, canceled())
    const canceledAtMs = performance.now()
    await bench.tellOutcome(ended?.record as JobRecord)
    await handling

    expect(performance.now() - canceledAtMs).toBeLessThan(1000)
    expect(await stored(record)).toEqual(ended?.record)
    expect((await bench.events.latest(record.id))?.status).toBe('canceled')
    expect(bench.notices).toEqual([
      { deliveryId: expect.stringContaining('canceled'), triesMade: 0, traceId: null },
    ])
  })

  test('is let go of although the announcement is lost', async () => {
    const record = await bench.accept({ webhook: WEBHOOK })
    const handling = bench.handle(inHand(record), notAborted)
    await predicting.promise
    await bench.jobStore.finish(record.id, canceled())
    await handling
    expect((await stored(record)).status).toBe('canceled')
    // Whoever canceled it may have died before telling: so it is told of here.
    expect(bench.notices).toHaveLength(1)
  })

  test('is let go of when it is erased', async () => {
    const record = await bench.accept()
    const handling = bench.handle(inHand(record), notAborted)
    await predicting.promise
    await bench.jobStore.delete(record.id)
    await handling
    expect(await bench.jobStore.get(record.id)).toBeUndefined()
  })

  test('leaves others alone', async () => {
    const other = await bench.accept()
    const release = new AbortController()
    const handling = bench.handle(inHand(other), release.signal)
    await predicting.promise
    const record = await bench.accept()
    const ended = await bench.jobStore.finish(record.id, canceled())
    await bench.tellOutcome(ended?.record as JobRecord)
    expect(await Promise.race([handling, bench.redis.ping()])).toBe('PONG')
    release.abort(new LupaError('service_stopping', 'The worker is stopping.'))
    await expect(handling).rejects.toMatchObject({ code: 'service_stopping' })
    expect((await stored(other)).status).toBe('queued')
  })

  test('ends as expired when its deadline comes first', async () => {
    const acceptedAt = new Date(Date.now() - 500)
    const record = await bench.accept({ acceptedAt, cancelAfterSeconds: 1 })
    await bench.handle(inHand(record), notAborted)
    expect(await stored(record)).toMatchObject({
      status: 'expired',
      error: { code: 'deadline_exceeded' },
      worker: 'worker-1',
    })
    const { total_ms: totalMs } = (await stored(record)).timings
    expect(totalMs).toBeGreaterThanOrEqual(1000)
    expect(totalMs).toBeLessThan(1500)
  })

  test('is not begun once its deadline is past', async () => {
    const record = await bench.accept({ acceptedAt: new Date(Date.now() - 2000), cancelAfterSeconds: 1 })
    await bench.handle(inHand(record), notAborted)
    expect(await stored(record)).toMatchObject({
      status: 'expired',
      error: { code: 'deadline_exceeded' },
      worker: null,
    })
  })
})

const canceled = (): Outcome => ({
  status: 'canceled',
  at: new Date(),
  error: new LupaError('canceled', 'Its client canceled it.'),
})
