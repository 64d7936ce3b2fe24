import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { newJobId } from '../../src/domain/ids.ts'
import type { AnsweredJob, AnsweredLog } from '../../src/jobs/answered-log.ts'
import { aJobRecord } from '../job-records.ts'

/** The log as several processes see it; a batch is abandoned after half a second. */
export interface AnsweredLogSession extends AsyncDisposable {
  openLog(consumer: string): AnsweredLog
}

/** What every log of answered jobs promises. */
export function describeAnsweredLog(name: string, open: () => Promise<AnsweredLogSession>): void {
  describe(`${name} keeps its promises`, () => {
    let session: AnsweredLogSession
    let log: AnsweredLog
    beforeEach(async () => {
      session = await open()
      log = session.openLog('one')
    })
    afterEach(() => session[Symbol.asyncDispose]())

    test('jobs appended before and after the consumer began reach it, each once, as they were', async () => {
      const jobs = [anAnsweredJob(), anAnsweredJob(), anAnsweredJob(), anAnsweredJob()]
      const [first, second, third, fourth] = jobs as [AnsweredJob, AnsweredJob, AnsweredJob, AnsweredJob]
      await log.append(first)
      await log.append(second)
      await using consumer = consuming(log)
      await vi.waitFor(() => expect(consumer.jobs).toHaveLength(2), 5000)
      await log.append(third)
      await log.append(fourth)

      await vi.waitFor(() => expect(consumer.jobs).toHaveLength(4), 5000)
      expect(consumer.jobs).toEqual(jobs)
    })

    test('two consumers share the jobs', async () => {
      const jobs = Array.from({ length: 200 }, anAnsweredJob)
      await using one = consuming(log)
      await using other = consuming(session.openLog('other'))
      await Promise.all(jobs.map((job) => log.append(job)))

      await vi.waitFor(() => expect(one.jobs.length + other.jobs.length).toBeGreaterThanOrEqual(200), 10_000)
      expect(idsOf([...one.jobs, ...other.jobs])).toEqual(idsOf(jobs))
    })

    test('a batch whose handling failed comes again', async () => {
      const job = anAnsweredJob()
      let tries = 0
      await using consumer = consuming(log, async () => {
        tries += 1
        if (tries === 1) throw new Error('the store is away')
      })
      await log.append(job)
      await vi.waitFor(() => expect(consumer.jobs).toEqual([job, job]), 10_000)
    })

    test('a batch whose consumer died comes to another, and a handled one does not', async () => {
      const [handled, lost] = [anAnsweredJob(), anAnsweredJob()]
      const { promise: never } = Promise.withResolvers<void>()
      const doomed = consuming(log, async (jobs) => {
        if (jobs.some((job) => job.imageOf === lost.imageOf)) await never
      })
      await log.append(handled)
      await vi.waitFor(() => expect(doomed.jobs).toHaveLength(1), 5000)
      await log.append(lost)
      await vi.waitFor(() => expect(doomed.jobs).toHaveLength(2), 5000)
      doomed.abandon()

      await using heir = consuming(session.openLog('heir'))
      await vi.waitFor(() => expect(heir.jobs).toEqual([lost]), 10_000)
    })

    test('an aborted consumer ends, and takes nothing more', async () => {
      const consumer = consuming(log)
      await log.append(anAnsweredJob())
      await vi.waitFor(() => expect(consumer.jobs).toHaveLength(1), 5000)
      await consumer[Symbol.asyncDispose]()

      const later = anAnsweredJob()
      await log.append(later)
      await using next = consuming(session.openLog('next'))
      await vi.waitFor(() => expect(next.jobs).toEqual([later]), 5000)
      expect(consumer.jobs).toHaveLength(1)
    })
  })
}

/** Collects what a consumer is handed; disposing it aborts it and waits for its end. */
export function consuming(log: AnsweredLog, handle: (jobs: AnsweredJob[]) => Promise<void> = async () => {}) {
  const aborting = new AbortController()
  const jobs: AnsweredJob[] = []
  const ended = log.consume(async (batch) => {
    jobs.push(...batch)
    await handle(batch)
  }, aborting.signal)
  return {
    jobs,
    /** As a dying process would: without waiting for the end. */
    abandon: () => aborting.abort(),
    async [Symbol.asyncDispose]() {
      aborting.abort()
      await ended
    },
  }
}

export function anAnsweredJob(): AnsweredJob {
  return { record: aJobRecord(), imageOf: newJobId() }
}

function idsOf(jobs: AnsweredJob[]): string[] {
  return jobs.map((job) => job.record.id).toSorted()
}
