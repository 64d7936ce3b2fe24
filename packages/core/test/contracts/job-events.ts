import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { newJobId } from '../../src/domain/ids.ts'
import { finishJob, type JobRecord, startJob } from '../../src/domain/job.ts'
import type { JobEvents } from '../../src/jobs/job-events.ts'
import { aFailure, aJobRecord, aSuccess } from '../job-records.ts'

/** What every live side of jobs promises. */
export function describeJobEvents(
  name: string,
  open: () => Promise<{ events: JobEvents; eventsElsewhere: JobEvents } & AsyncDisposable>,
): void {
  describe(`${name} keeps its promises`, () => {
    let session: AsyncDisposable
    let events: JobEvents
    /** The same, in another process. */
    let elsewhere: JobEvents
    beforeAll(async () => {
      const opened = await open()
      session = opened
      events = opened.events
      elsewhere = opened.eventsElsewhere
    })
    afterAll(() => session?.[Symbol.asyncDispose]())

    test('an announced record is hot, for any process, as it was announced last', async () => {
      const queued = aJobRecord({ imageName: 'ação 🍾\nlinha.jpg' })
      await events.announce(queued)
      expect(await elsewhere.latest(queued.id)).toEqual(queued)

      const running = startJob(queued, { worker: 'worker-1', attempt: 1, at: new Date() })
      await elsewhere.announce(running)
      expect(await events.latest(queued.id)).toEqual(running)
    })

    test('a record that was never announced is not hot', async () => {
      expect(await events.latest(newJobId())).toBeUndefined()
    })

    test('many records are read in the order of their ids, with gaps where one is not hot', async () => {
      const [one, other] = [aJobRecord(), aJobRecord()]
      await events.announce(one)
      await events.announce(other)
      expect(await events.latestOf([other.id, newJobId(), one.id])).toEqual([other, undefined, one])
      expect(await events.latestOf([])).toEqual([])
    })

    test('a forgotten record is not hot, and forgetting twice is fine', async () => {
      const record = aJobRecord()
      await events.announce(record)
      await events.forget(record.id)
      await events.forget(record.id)
      expect(await events.latest(record.id)).toBeUndefined()
    })

    test('a late word from a worker that lost the job does not hide how it ended', async () => {
      const queued = aJobRecord()
      const running = startJob(queued, { worker: 'worker-1', attempt: 1, at: new Date() })
      const finished = finishJob(running, aSuccess(running))
      await events.announce(finished)
      await using heard = await listening(elsewhere)

      await events.announce(running)
      await events.announce(aMarker())

      await vi.waitFor(() => expect(heard.ids).toHaveLength(1))
      expect(heard.ids).not.toContain(queued.id)
      expect(await events.latest(queued.id)).toEqual(finished)
    })

    test('a finished record can be announced again, changed', async () => {
      const queued = aJobRecord({ webhook: { url: 'https://hooks.example/a', events: ['job.failed'] } })
      const finished = finishJob(queued, aFailure())
      await events.announce(finished)
      const tagged = { ...finished, tags: ['told'] }
      await events.announce(tagged)
      expect(await events.latest(queued.id)).toEqual(tagged)
    })

    test('every listener of every process hears what is announced, in its order', async () => {
      await using here = await listening(events)
      await using there = await listening(elsewhere)
      const records = [aJobRecord(), aJobRecord(), aJobRecord()]
      for (const record of records) await events.announce(record)

      for (const heard of [here, there]) {
        await vi.waitFor(() => expect(heard.ids).toEqual(records.map((record) => record.id)))
        expect(heard.read()).toEqual(records)
      }
    })

    test('who listens for stopped jobs hears of no other', async () => {
      const heard: string[] = []
      await using _listener = await elsewhere.listen((id) => void heard.push(id), undefined, 'stopped')
      const [worked, canceled] = [aJobRecord(), aJobRecord()]
      await events.announce({ ...worked, status: 'succeeded', done: true })
      await events.announce({ ...canceled, status: 'canceled', done: true })
      await expect.poll(() => heard).toEqual([canceled.id])
    })

    test('a record is hot by the time a listener hears of it', async () => {
      const hot: Promise<JobRecord | undefined>[] = []
      await using _listener = await elsewhere.listen((id) => void hot.push(elsewhere.latest(id)))
      const record = aJobRecord()
      await events.announce(record)
      await vi.waitFor(() => expect(hot).toHaveLength(1))
      expect(await hot[0]).toEqual(record)
    })

    test('a listener that fails hears the next record all the same', async () => {
      const heard: string[] = []
      await using _listener = await events.listen((id) => {
        heard.push(id)
        throw new Error('a fault of the listener')
      })
      const [one, other] = [aJobRecord(), aJobRecord()]
      await events.announce(one)
      await events.announce(other)
      await vi.waitFor(() => expect(heard).toEqual([one.id, other.id]))
    })

    test('a closed listener hears nothing more', async () => {
      const closed = await listening(events)
      await using still = await listening(events)
      await closed[Symbol.asyncDispose]()
      await events.announce(aJobRecord())
      await vi.waitFor(() => expect(still.ids).toHaveLength(1))
      expect(closed.ids).toEqual([])
    })
  })
}

async function listening(events: JobEvents) {
  const heard: { id: string; readRecord: () => JobRecord }[] = []
  const listener = await events.listen((id, readRecord) => heard.push({ id, readRecord }))
  return {
    get ids() {
      return heard.map(({ id }) => id)
    },
    read: () => heard.map(({ readRecord }) => readRecord()),
    [Symbol.asyncDispose]: () => listener[Symbol.asyncDispose](),
  }
}

/** Announced last, it shows that all before it was heard. */
function aMarker(): JobRecord {
  return aJobRecord()
}
