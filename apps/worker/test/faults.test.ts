import { LupaError } from '@lupa/core/domain/errors'
import type { JobRecord } from '@lupa/core/domain/job'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { childrenOf } from './predictor/child-processes.ts'
import { startReceiver } from './webhook-bench.ts'
import { quickPicture, startWorkerFleet, type WorkerFleet, type WorkerProcess } from './worker-fleet.ts'

/** So short that a test sees a job change hands. */
const SHORT_LOCK = { JOB_LOCK_SECONDS: '2', RECONCILE_SECONDS: '1' }

describe('real workers', () => {
  let fleet: WorkerFleet
  const picture = quickPicture()
  beforeEach(async () => {
    fleet = await startWorkerFleet()
  })
  afterEach(() => fleet[Symbol.asyncDispose]())

  const accept = (count: number) => Promise.all(Array.from({ length: count }, () => fleet.accept(picture)))
  const records = (jobs: JobRecord[]) => Promise.all(jobs.map(({ id }) => fleet.get(id)))

  async function untilAllSucceed(jobs: JobRecord[], timeoutMs: number): Promise<JobRecord[]> {
    await expect
      .poll(() => fleet.statuses(jobs), { timeout: timeoutMs, interval: 100 })
      .toEqual({ succeeded: jobs.length })
    return records(jobs)
  }

  const untilBusy = () =>
    expect.poll(async () => (await fleet.jobQueue.runningIds()).length, { interval: 2 }).toBeGreaterThan(1)

  const untilRunning = ({ id }: JobRecord) =>
    expect.poll(async () => (await fleet.events.latest(id))?.status).toBe('running')

  test('may be killed at any moment: every job succeeds, once, and is never touched again', async () => {
    const workers = await Promise.all([0, 1].map(() => fleet.startWorker(SHORT_LOCK)))
    const jobs: JobRecord[] = []
    for (let kill = 0; kill < 4; kill++) {
      jobs.push(...(await accept(50)))
      await untilBusy()
      await workers[kill % 2]?.kill()
      workers[kill % 2] = await fleet.startWorker(SHORT_LOCK)
    }
    const ended = await untilAllSucceed(jobs, 30_000)
    expect(ended.some(({ attempt }) => attempt > 1)).toBe(true)
    await expect
      .poll(() => fleet.jobQueue.depth(), { timeout: 8000 })
      .toMatchObject({ waiting: 0, running: 0 })
    expect(await records(jobs)).toEqual(ended)
  }, 60_000)

  test('put back what a wiped Redis has lost', async () => {
    await Promise.all([0, 1].map(() => fleet.startWorker(SHORT_LOCK)))
    const jobs = await accept(100)
    await expect
      .poll(async () => (await fleet.statuses(jobs)).succeeded ?? 0, { interval: 5 })
      .toBeGreaterThan(5)
    await fleet.redis.flushall()
    const wipedAtMs = performance.now()
    await untilAllSucceed(jobs, 20_000)
    expect(performance.now() - wipedAtMs).toBeLessThan(15_000)
  }, 40_000)

  test('that come back from the dead let go of what has ended meanwhile, and change nothing', async () => {
    await using receiver = await startReceiver((_request, response) => response.end())
    const zombie = await fleet.startWorker(SHORT_LOCK)
    const child = freezeChild(zombie)
    const job = await fleet.accept(picture, { webhook: { url: receiver.url, events: ['job.succeeded'] } })
    await untilRunning(job)
    zombie.signal('SIGSTOP')
    const successor = await fleet.startWorker({ ...SHORT_LOCK, WORKER_NAME: 'successor' })
    const [ended] = await untilAllSucceed([job], 15_000)
    expect(ended).toMatchObject({ attempt: 2, worker: 'successor' })
    // Redis may have handed the delivery to the one that is frozen: then it waits until that one's lock is over.
    await expect.poll(() => receiver.received, { timeout: 20_000 }).toHaveLength(1)
    await expect
      .poll(async () => (await fleet.get(job.id)).webhook?.last_delivery?.status, { timeout: 20_000 })
      .toBe('delivered')
    const [delivered, announced] = [await fleet.get(job.id), await fleet.events.latest(job.id)]

    await successor.kill()
    process.kill(child, 'SIGCONT')
    zombie.signal('SIGCONT')
    // It hears of the end, or finishes late and is refused.
    await expect
      .poll(() => zombie.logged.map(({ msg }) => msg))
      .toContainEqual(expect.stringMatching(/ended by someone else|late result/))
    // It works again, and has got over what it had in hand.
    await untilAllSucceed([await fleet.accept(picture)], 15_000)
    expect(await fleet.get(job.id)).toEqual(delivered)
    expect(await fleet.events.latest(job.id)).toEqual(announced)
    expect(receiver.received).toHaveLength(1)
  }, 80_000)

  test('that are told to stop finish what they have, and exit cleanly', async () => {
    let worker = await fleet.startWorker()
    const jobs: JobRecord[] = []
    for (let restart = 0; restart < 3; restart++) {
      const next = await fleet.startWorker()
      jobs.push(...(await accept(60)))
      await untilBusy()
      worker.signal('SIGTERM')
      expect(await worker.exited).toBe(0)
      worker = next
    }
    const ended = await untilAllSucceed(jobs, 30_000)
    expect(ended.filter(({ attempt }) => attempt !== 1)).toEqual([])
  }, 60_000)

  test('that cannot finish in time give back what they have, at once', async () => {
    const worker = await fleet.startWorker({ DRAIN_SECONDS: '2' })
    freezeChild(worker)
    const job = await fleet.accept(picture)
    await untilRunning(job)
    worker.signal('SIGTERM')
    expect(await worker.exited).toBe(1)
    expect(await fleet.jobQueue.depth()).toMatchObject({ waiting: 1, delayed: 0, running: 0 })

    await fleet.startWorker()
    const [ended] = await untilAllSucceed([job], 3000)
    expect(ended?.attempt).toBe(2)
  }, 30_000)

  test('free the slot of a job that is canceled within a second', { timeout: 30_000, retry: 2 }, async () => {
    const worker = await fleet.startWorker()
    freezeChild(worker)
    const [job, next] = [await fleet.accept(picture), await fleet.accept(picture)]
    await untilRunning(job)
    await untilRunning(next)

    const error = new LupaError('canceled', 'Its client canceled it.')
    const canceled = await fleet.jobStore.finish(job.id, { status: 'canceled', at: new Date(), error })
    await fleet.events.announce(canceled?.record as JobRecord)
    const canceledAtMs = performance.now()
    await untilAllSucceed([next], 5000)
    expect(performance.now() - canceledAtMs).toBeLessThan(1000)
    expect(await fleet.get(job.id)).toEqual(canceled?.record)
  })
})

/** Its child stops, as if the next job took for ever; the worker itself lives. */
function freezeChild(worker: WorkerProcess): number {
  const [child] = childrenOf(worker.pid)
  if (child === undefined) throw new Error(`Worker ${worker.pid} has no child`)
  process.kill(child, 'SIGSTOP')
  return child
}
