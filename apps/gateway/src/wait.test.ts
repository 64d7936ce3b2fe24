import type { JobRecord } from '@lupa/core/domain/job'
import type { JobEvents } from '@lupa/core/jobs/job-events'
import { createLogger } from '@lupa/core/runtime/logger'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { aJobRecord } from '../../../packages/core/test/job-records.ts'
import { createJobWaiter, type JobWaiter } from './wait.ts'

let tell: (record: JobRecord) => void
let asked: number
let waiter: JobWaiter

beforeEach(() => {
  asked = 0
  const events: Pick<JobEvents, 'listen' | 'latest'> = {
    async listen(listener) {
      tell = (record) => listener(record.id, () => record)
      return { async [Symbol.asyncDispose]() {} }
    },
    async latest() {
      asked++
      return undefined
    },
  }
  waiter = createJobWaiter({
    events: events as JobEvents,
    reader: { read: async () => undefined, readOwn: () => Promise.reject(new Error('not asked')) },
    logger: createLogger('test', { level: 'silent', pretty: false }),
  })
})
afterEach(() => waiter.close())

const never = new AbortController().signal
const isEnough = ({ done }: JobRecord) => done
const ended = (record: JobRecord): JobRecord => ({ ...record, status: 'canceled', done: true })

test('a job that ended just before its wait is known, and Redis is not asked', async () => {
  const record = aJobRecord()
  tell(record)
  tell(ended(record))
  expect(await waiter.wait(record.id, { timeoutMs: 60_000, signal: never, isEnough })).toMatchObject({
    done: true,
  })
  expect(asked).toBe(0)
})

test('a wait hears of the end, and not of what comes before', async () => {
  const record = aJobRecord()
  const waiting = waiter.wait(record.id, { timeoutMs: 60_000, signal: never, isEnough })
  tell(record)
  tell(ended(aJobRecord()))
  tell(ended(record))
  expect((await waiting)?.id).toBe(record.id)
})

test('a wait ends with its time, and asks meanwhile', async () => {
  const record = aJobRecord()
  expect(await waiter.wait(record.id, { timeoutMs: 600, signal: never, isEnough })).toBeUndefined()
  expect(asked).toBeGreaterThan(0)
})

test('a wait ends when the client goes, and when the service stops', async () => {
  const gone = new AbortController()
  const waits = [gone.signal, never].map((signal) =>
    waiter.wait(aJobRecord().id, { timeoutMs: 60_000, signal, isEnough }),
  )
  gone.abort()
  expect(await waits[0]).toBeUndefined()
  await waiter.close()
  expect(await waits[1]).toBeUndefined()
})
