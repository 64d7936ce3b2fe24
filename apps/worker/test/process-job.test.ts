import { LupaError } from '@lupa/core/domain/errors'
import type { JobRecord } from '@lupa/core/domain/job'
import type { ModelPackage } from '@lupa/core/models/model-package'
import { webhookId } from '@lupa/core/webhooks/webhook-body'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { aFailure, aJobRecord } from '../../../packages/core/test/job-records.ts'
import type { Predictor } from '../src/predictor/predictor.ts'
import { inHand, notAborted, sayOpen, startWorkerBench, type WorkerBench } from './worker-bench.ts'

const WEBHOOK = { url: 'https://example.com/hook', events: ['job.succeeded' as const, 'job.failed' as const] }

describe('a job in a worker’s hands', () => {
  let bench: WorkerBench
  let predict: Predictor['predict']
  let open: ReturnType<typeof sayOpen>

  beforeEach(async () => {
    open = sayOpen()
    predict = open.predict
    bench = await startWorkerBench((...request) => predict(...request))
  })
  afterEach(() => bench[Symbol.asyncDispose]())

  const stored = async (record: JobRecord) => (await bench.jobStore.get(record.id)) as JobRecord

  test('is predicted, recorded, cached, announced, and its webhook queued', async () => {
    const record = await bench.accept({ webhook: WEBHOOK })
    const heard: string[] = []
    await using _listening = await bench.events.listen((_id, read) => heard.push(read().status))
    await bench.handle(inHand(record), notAborted)

    const done = await stored(record)
    expect(done).toMatchObject({
      status: 'succeeded',
      prediction: 'aberta',
      cache: 'miss',
      attempt: 1,
      worker: 'worker-1',
    })
    expect(done.timings).toMatchObject({
      inference_ms: 2,
      download_ms: expect.any(Number),
      queue_ms: expect.any(Number),
    })
    expect(await bench.events.latest(record.id)).toEqual(done)
    expect(bench.notices).toEqual([
      { deliveryId: webhookId(record.id, 'job.succeeded'), triesMade: 0, traceId: null },
    ])
    await expect.poll(() => heard).toEqual(['running', 'succeeded'])
  })

  test('taken a second time, after its worker died before the queue heard, is only told again', async () => {
    const record = await bench.accept({ webhook: WEBHOOK })
    await bench.handle(inHand(record), notAborted)
    const first = await stored(record)
    await bench.handle(inHand(record, 2), notAborted)
    expect(await stored(record)).toEqual(first)
    expect(open.asked()).toBe(1)
  })

  test('whose image was seen before is answered from the cache', async () => {
    const first = await bench.accept()
    const twin = await bench.accept({ image: first.image })
    await bench.handle(inHand(first), notAborted)
    await bench.handle(inHand(twin), notAborted)
    expect(await stored(twin)).toMatchObject({ status: 'succeeded', cache: 'hit', prediction: 'aberta' })
    expect(open.asked()).toBe(1)
  })

  test('waits for a twin that is being computed instead of computing besides', async () => {
    const first = await bench.accept()
    const twin = await bench.accept({ image: first.image })
    const started = Promise.withResolvers<void>()
    const goOn = Promise.withResolvers<void>()
    predict = async (...request) => {
      started.resolve()
      await goOn.promise
      return open.predict(...request)
    }
    const handlingFirst = bench.handle(inHand(first), notAborted)
    await started.promise
    const handlingTwin = bench.handle(inHand(twin), notAborted)
    goOn.resolve()
    await Promise.all([handlingFirst, handlingTwin])
    expect(open.asked()).toBe(1)
    expect((await stored(twin)).cache).toBe('hit')
  })

  test('takes over when its twin ends without a result', async () => {
    const first = await bench.accept()
    const twin = await bench.accept({ image: first.image })
    predict = async () => {
      predict = open.predict
      throw new LupaError('worker_lost', 'The child died.')
    }
    await expect(bench.handle(inHand(first), notAborted)).rejects.toThrow('The child died.')
    await bench.handle(inHand(twin), notAborted)
    expect(await stored(twin)).toMatchObject({ status: 'succeeded', cache: 'miss' })
  })

  test('that asks to be computed anew is', async () => {
    const first = await bench.accept()
    const anew = await bench.accept({ image: first.image, useCache: false })
    await bench.handle(inHand(first), notAborted)
    await bench.handle(inHand(anew), notAborted)
    expect((await stored(anew)).cache).toBe('miss')
    expect(open.asked()).toBe(2)
  })

  test('whose manifest was changed since is computed under the new one, and kept for nobody else', async () => {
    const first = await bench.accept({ modelReading: 'as it was' })
    const twin = await bench.accept({ modelReading: 'as it was', image: first.image })
    await bench.handle(inHand(first), notAborted)
    await bench.handle(inHand(twin), notAborted)
    expect(await stored(twin)).toMatchObject({ status: 'succeeded', cache: 'miss' })
    expect(open.asked()).toBe(2)
  })

  test('whose model the gateway has seen changed before this worker is run with what is there now', async () => {
    const { catalog } = bench
    const [found] = await catalog.list()
    const changed = { ...(found?.package as ModelPackage), digest: 'sha256:changed' }
    vi.spyOn(catalog, 'list').mockImplementation(async () => {
      vi.spyOn(catalog, 'resolve').mockResolvedValue(changed)
      return []
    })
    const { model } = aJobRecord()
    const record = await bench.accept({ model: { ...model, digest: changed.digest } })
    await bench.handle(inHand(record), notAborted)
    expect((await stored(record)).status).toBe('succeeded')
  })

  test('that failed for a passing reason is given back, and fails for good at its last attempt', async () => {
    const record = await bench.accept({ webhook: WEBHOOK })
    predict = async () => {
      throw new LupaError('worker_lost', 'The child died.')
    }
    await expect(bench.handle(inHand(record, 1), notAborted)).rejects.toThrow('The child died.')
    expect((await stored(record)).status).toBe('queued')
    await bench.handle(inHand(record, 3, true), notAborted)
    expect(await stored(record)).toMatchObject({
      status: 'failed',
      attempt: 3,
      error: { code: 'worker_lost' },
    })
    expect(bench.notices).toEqual([
      { deliveryId: webhookId(record.id, 'job.failed'), triesMade: 0, traceId: null },
    ])
  })

  test('whose image cannot be decoded fails at once', async () => {
    const record = await bench.accept()
    predict = async () => {
      throw new LupaError('image_unreadable', 'The JPEG ends too early. Send it again.')
    }
    await bench.handle(inHand(record), notAborted)
    expect(await stored(record)).toMatchObject({
      status: 'failed',
      error: { code: 'image_unreadable', retryable: false },
    })
  })

  test('whose image makes the model process crash twice is quarantined, and so is the next job with it', async () => {
    const record = await bench.accept()
    predict = async () => {
      throw new LupaError('worker_lost', 'The child crashed.', { cause: { signal: 'SIGSEGV' } })
    }
    await expect(bench.handle(inHand(record, 1), notAborted)).rejects.toThrow('The child crashed.')
    await bench.handle(inHand(record, 2), notAborted)
    expect((await stored(record)).error?.code).toBe('image_quarantined')

    predict = open.predict
    const again = await bench.accept({ image: record.image, useCache: false })
    await bench.handle(inHand(again), notAborted)
    expect(await stored(again)).toMatchObject({ status: 'failed', error: { code: 'image_quarantined' } })
    expect(open.asked()).toBe(0)
  })

  test('that was ended by someone else keeps that end', async () => {
    const record = await bench.accept()
    predict = async (...request) => {
      await bench.jobStore.finish(record.id, aFailure('Canceled meanwhile.'))
      return open.predict(...request)
    }
    await bench.handle(inHand(record), notAborted)
    expect((await stored(record)).error?.detail).toBe('Canceled meanwhile.')
    expect((await bench.events.latest(record.id))?.status).toBe('failed')
  })

  test('that waited too long expires instead of being computed for nobody', async () => {
    const record = await bench.accept({ acceptedAt: new Date(Date.now() - 2 * 3_600_000) })
    await bench.handle(inHand(record), notAborted)
    expect(await stored(record)).toMatchObject({ status: 'expired', error: { code: 'queue_ttl_exceeded' } })
    expect(open.asked()).toBe(0)
  })

  test('whose image is gone fails and says so', async () => {
    const record = await bench.accept()
    await bench.imageStore.delete(record.id)
    await bench.handle(inHand(record), notAborted)
    expect((await stored(record)).error?.code).toBe('image_not_found')
  })

  test('that its workers died of too often is given up', async () => {
    const record = await bench.accept()
    await bench.handle(inHand(record, 13), notAborted)
    expect(await stored(record)).toMatchObject({
      status: 'failed',
      error: { code: 'worker_lost', retryable: false },
    })
  })

  test('is recorded although Redis is away, and told when the queue hands it out again', async () => {
    const record = await bench.accept()
    bench.redis.disconnect()
    await expect(bench.handle(inHand(record), notAborted)).rejects.toMatchObject({
      code: 'queue_unavailable',
    })
    expect(await stored(record)).toMatchObject({ status: 'succeeded', prediction: 'aberta' })
    await expect.poll(() => bench.redis.status).toBe('end')
    await bench.redis.connect()
    await bench.handle(inHand(record, 2), notAborted)
    expect((await bench.events.latest(record.id))?.status).toBe('succeeded')
    expect(open.asked()).toBe(1)
  })

  test('that was erased is dropped', async () => {
    const record = await bench.accept()
    await bench.jobStore.delete(record.id)
    await bench.handle(inHand(record), notAborted)
    expect(await bench.jobStore.get(record.id)).toBeUndefined()
  })
})
