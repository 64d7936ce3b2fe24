import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { LupaError } from '../../src/domain/errors.ts'
import { newJobId } from '../../src/domain/ids.ts'
import type { JobConsumer, JobInHand } from '../../src/jobs/job-consumer.ts'
import type { JobQueue, QueuedJob } from '../../src/jobs/job-queue.ts'
import { aQueuedJob } from '../jobs/queued-job.ts'

/** An empty queue, and consumers of it that are stopped at the end. */
export interface JobQueueSession extends AsyncDisposable {
  queue: JobQueue
  openConsumer(options?: { concurrency?: number }): JobConsumer
}

/** What every job queue and its consumers promise. */
export function describeJobQueue(name: string, open: () => Promise<JobQueueSession>): void {
  describe(`${name} keeps its promises`, () => {
    let session: JobQueueSession
    let queue: JobQueue
    beforeEach(async () => {
      session = await open()
      queue = session.queue
    })
    afterEach(() => session[Symbol.asyncDispose]())

    test('a job on the queue reaches a consumer, and leaves the queue when it is done', async () => {
      const id = newJobId()
      await queue.enqueue(aQueuedJob({ id }))
      expect(await queue.holds(id)).toBe(true)

      const handled: JobInHand[] = []
      session.openConsumer().start(async (job) => void handled.push(job))

      await vi.waitFor(async () => expect(await queue.holds(id)).toBe(false), 5000)
      expect(handled).toEqual([{ id, attempt: 1, failures: 0, losses: 0, isLastAttempt: false }])
    })

    test('a job enqueued again while it waits is handled once', async () => {
      const id = newJobId()
      await Promise.all([
        queue.enqueue(aQueuedJob({ id })),
        queue.enqueue(aQueuedJob({ id })),
        queue.enqueue(aQueuedJob({ id })),
      ])

      const handled: string[] = []
      session.openConsumer().start(async (job) => void handled.push(job.id))
      const last = newJobId()
      await queue.enqueue(aQueuedJob({ id: last }))

      await vi.waitFor(() => expect(handled).toContain(last), 5000)
      expect(handled).toEqual([id, last])
    })

    test('a job that is in hand is not queued again', async () => {
      const id = newJobId()
      const { promise: released, resolve: release } = Promise.withResolvers<void>()
      const handled: string[] = []
      session.openConsumer({ concurrency: 2 }).start(async (job) => {
        handled.push(job.id)
        await released
      })
      await queue.enqueue(aQueuedJob({ id }))
      await vi.waitFor(() => expect(handled).toEqual([id]), 5000)

      await queue.enqueue(aQueuedJob({ id }))

      expect(await queue.depth()).toMatchObject({ waiting: 0, running: 1 })
      release()
    })

    test('the id of a job that was done can be enqueued again', async () => {
      const id = newJobId()
      const handled: string[] = []
      session.openConsumer().start(async (job) => void handled.push(job.id))

      await queue.enqueue(aQueuedJob({ id }))
      await vi.waitFor(async () => expect(await queue.holds(id)).toBe(false), 5000)
      await queue.enqueue(aQueuedJob({ id }))

      await vi.waitFor(() => expect(handled).toEqual([id, id]), 5000)
    })

    test('two consumers never both get a job', async () => {
      const ids = Array.from({ length: 300 }, () => newJobId())
      const handled: string[] = []
      for (let consumer = 0; consumer < 2; consumer++) {
        session.openConsumer({ concurrency: 4 }).start(async (job) => void handled.push(job.id))
      }
      await Promise.all(ids.map((id) => queue.enqueue(aQueuedJob({ id }))))

      await vi.waitFor(() => expect(handled.length).toBeGreaterThanOrEqual(300), 15_000)
      expect(handled.toSorted()).toEqual(ids.toSorted())
    })

    test('a rejected job comes again after a while, three times in all, and knows which is its last', async () => {
      const id = newJobId()
      const handled: JobInHand[] = []
      session.openConsumer().start(async (job) => {
        handled.push(job)
        throw new LupaError('worker_lost', 'The process that ran the model died.')
      })
      await queue.enqueue(aQueuedJob({ id }))
      await vi.waitFor(async () => expect(await queue.depth()).toMatchObject({ delayed: 1 }), 5000)
      expect(await queue.holds(id)).toBe(true)

      await vi.waitFor(async () => expect(await queue.holds(id)).toBe(false), 10_000)
      expect(handled).toEqual([
        { id, attempt: 1, failures: 0, losses: 0, isLastAttempt: false },
        { id, attempt: 2, failures: 1, losses: 0, isLastAttempt: false },
        { id, attempt: 3, failures: 2, losses: 0, isLastAttempt: true },
      ])
    })

    test('a job given back because a store was away, or no model was ready, comes again after a pause, and has lost no attempt', async () => {
      const id = newJobId()
      const handled: JobInHand[] = []
      session.openConsumer().start(async (job) => {
        handled.push(job)
        if (job.attempt === 1) throw new LupaError('store_unavailable', 'The disk is full.')
        if (job.attempt === 2) throw new LupaError('worker_not_ready', 'The model is being loaded.')
      })
      await queue.enqueue({ id, client: 'ana', priority: 'interactive' })

      await vi.waitFor(async () => expect(await queue.holds(id)).toBe(false), 10_000)
      expect(handled).toEqual(
        [1, 2, 3].map((attempt) => ({ id, attempt, failures: 0, losses: 0, isLastAttempt: false })),
      )
    })

    test('a job given back by a consumer that stops goes to another one at once', async () => {
      const id = newJobId()
      const stopping = Promise.withResolvers<void>()
      const taken = Promise.withResolvers<void>()
      const consumer = session.openConsumer()
      consumer.start(async () => {
        taken.resolve()
        await stopping.promise
        throw new LupaError('service_stopping', 'This worker is stopping.')
      })
      await queue.enqueue({ id, client: 'ana', priority: 'interactive' })
      await taken.promise
      const stopped = consumer.stop()
      stopping.resolve()
      await stopped
      expect(await queue.depth()).toMatchObject({ waiting: 1, delayed: 0, running: 0 })

      const handled: JobInHand[] = []
      session.openConsumer().start(async (job) => void handled.push(job))
      await vi.waitFor(() => expect(handled).toHaveLength(1), 5000)
      expect(handled).toEqual([{ id, attempt: 2, failures: 0, losses: 0, isLastAttempt: false }])
    })

    test('a job rejected for good does not come again, and its id is free', async () => {
      const id = newJobId()
      const handled: number[] = []
      session.openConsumer().start(async (job) => {
        handled.push(job.attempt)
        throw new LupaError('image_unreadable', 'The image cannot be decoded.')
      })

      await queue.enqueue(aQueuedJob({ id }))
      await vi.waitFor(async () => expect(await queue.holds(id)).toBe(false), 5000)
      await queue.enqueue(aQueuedJob({ id }))
      await vi.waitFor(() => expect(handled).toEqual([1, 1]), 5000)
    })

    test('the depth tells how many wait, how long the oldest has, and who is running', async () => {
      expect(await queue.depth()).toEqual({ waiting: 0, delayed: 0, running: 0, oldestWaitingMs: null })
      expect(await queue.runningIds()).toEqual([])

      const { promise: released, resolve: release } = Promise.withResolvers<void>()
      session.openConsumer({ concurrency: 1 }).start(() => released)
      const ids = [newJobId(), newJobId(), newJobId()]
      for (const id of ids) await queue.enqueue(aQueuedJob({ id }))

      await vi.waitFor(async () => expect(await queue.runningIds()).toEqual([ids[0]]), 5000)
      const depth = await queue.depth()
      expect(depth).toMatchObject({ waiting: 2, delayed: 0, running: 1 })
      expect(depth.oldestWaitingMs).toBeGreaterThanOrEqual(0)
      expect(depth.oldestWaitingMs).toBeLessThan(5000)
      release()
    })

    test('a stopping consumer finishes what it has in hand and takes no more', async () => {
      const [id, later] = [newJobId(), newJobId()]
      const { promise: released, resolve: release } = Promise.withResolvers<void>()
      const handled: string[] = []
      const consumer = session.openConsumer({ concurrency: 1 })
      consumer.start(async (job) => {
        await released
        handled.push(job.id)
      })
      await queue.enqueue(aQueuedJob({ id }))
      await vi.waitFor(async () => expect(await queue.runningIds()).toEqual([id]), 5000)
      await queue.enqueue(aQueuedJob({ id: later }))

      const stopped = Promise.all([consumer.stop(), consumer.stop()])
      release()
      await stopped

      expect(handled).toEqual([id])
      expect(await queue.holds(id)).toBe(false)
      expect(await queue.holds(later)).toBe(true)
    })

    test('a paused consumer ends what it has in hand and leaves the rest to others, until it is resumed', async () => {
      const [first, second, third] = [newJobId(), newJobId(), newJobId()]
      const { promise: released, resolve: release } = Promise.withResolvers<void>()
      const handled: string[] = []
      const paused = session.openConsumer()
      paused.start(async (job) => {
        handled.push(job.id)
        await released
      })
      await queue.enqueue(aQueuedJob({ id: first }))
      await vi.waitFor(() => expect(handled).toEqual([first]), 5000)

      paused.pause()
      paused.pause()
      await queue.enqueue(aQueuedJob({ id: second }))
      release()
      await vi.waitFor(async () => expect(await queue.holds(first)).toBe(false), 5000)
      await delay(200)
      expect(handled).toEqual([first])

      paused.resume()
      await vi.waitFor(() => expect(handled).toEqual([first, second]), 5000)

      paused.pause()
      await paused.stop()
      await queue.enqueue(aQueuedJob({ id: third }))
      paused.resume()
      await delay(200)
      expect(handled).toEqual([first, second])
    })

    test('a consumer that is paused before it starts takes nothing', async () => {
      const consumer = session.openConsumer()
      const handled: string[] = []
      consumer.pause()
      consumer.start(async (job) => void handled.push(job.id))
      await delay(100)
      const id = newJobId()
      await queue.enqueue(aQueuedJob({ id }))
      await delay(300)
      expect(handled).toEqual([])
      consumer.resume()
      await vi.waitFor(() => expect(handled).toEqual([id]), 5000)
    })

    test('a consumer that may have more in hand takes more, once one has ended', async () => {
      const consumer = session.openConsumer({ concurrency: 1 })
      const inHand = new Map<string, () => void>()
      consumer.start(async ({ id }) => new Promise((resolve) => inHand.set(id, resolve)))
      const [first, ...others] = Array.from({ length: 5 }, () => newJobId()) as [string, ...string[]]
      for (const id of [first, ...others]) await queue.enqueue(aQueuedJob({ id }))
      await vi.waitFor(() => expect([...inHand.keys()]).toEqual([first]), 5000)
      await delay(200)
      expect(inHand.size).toBe(1)

      consumer.setConcurrency(3)
      inHand.get(first)?.()
      await vi.waitFor(() => expect(inHand.size).toBe(4), 5000)
      await delay(200)
      expect(inHand.size).toBe(4)
      for (const end of inHand.values()) end()
      await vi.waitFor(() => expect(inHand.size).toBe(5), 5000)
      for (const end of inHand.values()) end()
    })

    test('one client with many jobs delays the single job of another by two at most', async () => {
      const many = Array.from({ length: 300 }, () => aQueuedJob({ client: 'ana' }))
      for (const job of many) await queue.enqueue(job)
      const handled = collect(session, 100)
      await vi.waitFor(() => expect(handled.length).toBeGreaterThan(20), 5000)

      const single = aQueuedJob({ client: 'bruno' })
      await queue.enqueue(single)
      const before = handled.length
      await vi.waitFor(() => expect(handled).toContain(single.id), 5000)
      // One in hand, and one that the consumer may take while this one is on its way.
      expect(handled.indexOf(single.id) - before).toBeLessThanOrEqual(3)
    })

    test('two clients take turns, each in the order of its jobs', async () => {
      const ofAna = Array.from({ length: 20 }, () => aQueuedJob({ client: 'ana' }))
      const ofBruno = Array.from({ length: 20 }, () => aQueuedJob({ client: 'bruno' }))
      for (const job of [...ofAna, ...ofBruno]) await queue.enqueue(job)

      const handled = collect(session)
      await vi.waitFor(() => expect(handled).toHaveLength(40), 5000)
      expect(handled.filter((id) => ofAna.some((job) => job.id === id))).toEqual(idsOf(ofAna))
      expect(handled.filter((id) => ofBruno.some((job) => job.id === id))).toEqual(idsOf(ofBruno))
      for (const taken of [10, 20, 30, 40]) {
        const fromAna = handled.slice(0, taken).filter((id) => idsOf(ofAna).includes(id)).length
        expect(Math.abs(fromAna - taken / 2)).toBeLessThanOrEqual(2)
      }
    })

    test('a client that was away does not save up turns', async () => {
      const first = Array.from({ length: 30 }, () => aQueuedJob({ client: 'ana' }))
      for (const job of first) await queue.enqueue(job)
      const handled = collect(session, 20)
      await vi.waitFor(() => expect(handled.length).toBeGreaterThanOrEqual(20), 5000)

      const [late, more] = [
        Array.from({ length: 30 }, () => aQueuedJob({ client: 'bruno' })),
        Array.from({ length: 20 }, () => aQueuedJob({ client: 'ana' })),
      ]
      for (const job of [...late, ...more]) await queue.enqueue(job)
      await vi.waitFor(() => expect(handled).toHaveLength(80), 5000)
      const lastOfFirst = handled.indexOf(first.at(-1)?.id ?? '')
      // The ten of Ana that waited had their turns among Bruno's thirty, not after them.
      const fromBrunoBefore = handled.slice(0, lastOfFirst).filter((id) => idsOf(late).includes(id)).length
      expect(fromBrunoBefore).toBeLessThanOrEqual(14)
    })

    test('interactive jobs go before bulk ones, which get one turn in nine', async () => {
      const bulk = Array.from({ length: 30 }, () => aQueuedJob({ priority: 'bulk' }))
      const interactive = Array.from({ length: 80 }, () => aQueuedJob())
      for (const job of [...bulk, ...interactive]) await queue.enqueue(job)

      const handled = collect(session)
      await vi.waitFor(() => expect(handled).toHaveLength(110), 5000)
      const isBulk = handled.map((id) => idsOf(bulk).includes(id))
      expect(isBulk.slice(0, 90).filter(Boolean).length).toBeGreaterThanOrEqual(9)
      expect(isBulk.slice(0, 90).filter(Boolean).length).toBeLessThanOrEqual(11)
      expect(handled.filter((id) => idsOf(bulk).includes(id))).toEqual(idsOf(bulk))
    })

    test('the position of a job counts down to 1, and is gone once a consumer has it', async () => {
      const jobs = [aQueuedJob(), aQueuedJob(), aQueuedJob()] as const
      expect(await queue.position(jobs[0].id)).toBeUndefined()
      const said = [await queue.enqueue(jobs[0]), await queue.enqueue(jobs[1]), await queue.enqueue(jobs[2])]
      expect(said).toEqual([1, 2, 3].map((position) => ({ position, running: 0 })))
      expect(await Promise.all(jobs.map((job) => queue.position(job.id)))).toEqual([1, 2, 3])

      const { promise: released, resolve: release } = Promise.withResolvers<void>()
      session.openConsumer().start(() => released)
      await vi.waitFor(async () => expect(await queue.position(jobs[0].id)).toBeUndefined(), 5000)
      expect(await queue.position(jobs[1].id)).toBe(1)
      expect(await queue.position(jobs[2].id)).toBe(2)
      expect(await queue.enqueue(jobs[0])).toBeUndefined()
      expect(await queue.enqueue(aQueuedJob())).toEqual({ position: 3, running: 1 })
      release()
    })

    test('the oldest that waits is found behind newer ones that go first', async () => {
      const fromLastYear = '0199' + newJobId().slice(4)
      const old = aQueuedJob({ id: fromLastYear, client: 'ana', priority: 'bulk' })
      await queue.enqueue(old)
      for (let job = 0; job < 5; job++) await queue.enqueue(aQueuedJob({ client: 'bruno' }))
      const { oldestWaitingMs } = await queue.depth()
      expect(oldestWaitingMs).toBeGreaterThan(60_000)
    })

    test('a job that was removed is not handled, and its id is free', async () => {
      const [removed, kept] = [aQueuedJob(), aQueuedJob()]
      await queue.enqueue(removed)
      await queue.enqueue(kept)
      expect(await queue.remove(removed.id)).toBe(true)
      expect(await queue.remove(removed.id)).toBe(false)
      expect(await queue.holds(removed.id)).toBe(false)
      expect(await queue.depth()).toMatchObject({ waiting: 1 })

      const handled = collect(session)
      await vi.waitFor(() => expect(handled).toEqual([kept.id]), 5000)
      await queue.enqueue(removed)
      await vi.waitFor(() => expect(handled).toEqual([kept.id, removed.id]), 5000)
    })

    test('a job in hand, or that was never there, is not removed', async () => {
      const job = aQueuedJob()
      expect(await queue.remove(job.id)).toBe(false)
      const { promise: released, resolve: release } = Promise.withResolvers<void>()
      session.openConsumer().start(() => released)
      await queue.enqueue(job)
      await vi.waitFor(async () => expect(await queue.runningIds()).toEqual([job.id]), 5000)
      expect(await queue.remove(job.id)).toBe(false)
      expect(await queue.holds(job.id)).toBe(true)
      release()
    })

    test('a job that waits for its next attempt can be removed', async () => {
      const job = aQueuedJob()
      session.openConsumer().start(async () => {
        throw new LupaError('worker_lost', 'The process that ran the model died.')
      })
      await queue.enqueue(job)
      await vi.waitFor(async () => expect(await queue.depth()).toMatchObject({ delayed: 1 }), 5000)
      expect(await queue.remove(job.id)).toBe(true)
      expect(await queue.depth()).toMatchObject({ waiting: 0, delayed: 0, running: 0 })
    })

    test('a consumer that never started can be stopped', async () => {
      await expect(session.openConsumer().stop()).resolves.toBeUndefined()
    })
  })
}

/** The ids in the order in which one consumer is handed them. */
function collect(session: JobQueueSession, atMostPerSecond = Number.POSITIVE_INFINITY): string[] {
  const handled: string[] = []
  session.openConsumer({ concurrency: 1 }).start(async ({ id }) => {
    handled.push(id)
    await delay(1000 / atMostPerSecond)
  })
  return handled
}

const idsOf = (jobs: QueuedJob[]) => jobs.map(({ id }) => id)
