import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { aJobRecord, aSegmentSuccess } from '../../test/job-records.ts'
import { LupaError } from './errors.ts'
import { newJobId } from './ids.ts'
import {
  createJob,
  finishJob,
  isTerminal,
  Job,
  JobRecord,
  JobStatus,
  mayBecome,
  type Outcome,
  startJob,
  toJob,
} from './job.ts'
import { encodeMask } from './mask.ts'
import { DEFAULT_PARAMS } from './params.ts'

const ACCEPTED_AT = new Date('2026-11-23T12:00:00.000Z')

function aQueuedJob(): JobRecord {
  return createJob({
    id: newJobId(),
    client: 'basic:ana',
    userIp: '10.0.0.7',
    imageName: 'garrafa.jpg',
    image: { sha256: 'ab'.repeat(32), bytes: 183_201, width: 1280, height: 720, format: 'jpeg' },
    model: { name: 'bottle-status', version: '1', task: 'classify', digest: `sha256:${'cd'.repeat(32)}` },
    params: DEFAULT_PARAMS,
    tags: ['line-3'],
    webhook: { url: 'https://example.com/hook', events: ['job.succeeded'] },
    traceId: null,
    acceptedAt: ACCEPTED_AT,
    retentionSeconds: 3600,
  })
}

const later = (ms: number) => new Date(ACCEPTED_AT.getTime() + ms)

function succeeded(at = later(120)): Outcome {
  const top = [{ name: 'aberta', class: 0, confidence: 0.9731 }]
  return {
    status: 'succeeded',
    at,
    cache: 'miss',
    stored: { task: 'classify', top },
    view: { prediction: 'aberta', confidence: 0.9731, predictions: top },
    image: { width: 720, height: 1280 },
    timings: { inference_ms: 7.5 },
  }
}

function ended(status: 'failed' | 'canceled' | 'expired', at = later(120)): Outcome {
  return { status, at, error: new LupaError('image_unreadable', 'The image ends too early. Send it again.') }
}

describe("a job's life", () => {
  test('a new job waits in the queue and shows every field of the schema', () => {
    const job = aQueuedJob()
    expect(JobRecord.parse(job)).toEqual(job)
    expect(job).toMatchObject({ status: 'queued', done: false, attempt: 0, request_id: job.id })
    expect(job.expires_at).toBe('2026-11-23T13:00:00.000Z')
  })

  test('a job that ran tells how long each part took', () => {
    const running = startJob(aQueuedJob(), { worker: 'worker-2', attempt: 1, at: later(80) })
    const job = finishJob(running, succeeded(later(121)))
    expect(JobRecord.parse(job)).toEqual(job)
    expect(job).toMatchObject({
      status: 'succeeded',
      done: true,
      prediction: 'aberta',
      processing_time: 41,
      worker: 'worker-2',
      image: { width: 720, height: 1280, bytes: 183_201 },
      timings: { queue_ms: 80, inference_ms: 7.5, total_ms: 121 },
    })
  })

  test('a job that failed says why, and keeps no prediction', () => {
    const job = finishJob(startJob(aQueuedJob(), { worker: 'w', attempt: 3, at: later(10) }), ended('failed'))
    expect(job).toMatchObject({
      status: 'failed',
      done: true,
      prediction: null,
      predictions: null,
      attempt: 3,
    })
    expect(job.error).toEqual({
      code: 'image_unreadable',
      title: 'The image cannot be decoded',
      detail: 'The image ends too early. Send it again.',
      retryable: false,
    })
  })

  test('what a client sees holds nothing of whose the job is or where it came from', () => {
    const seen = toJob(finishJob(aQueuedJob(), succeeded()))
    expect(Job.strict().parse(seen)).toEqual(seen)
    expect(JSON.stringify(seen)).not.toMatch(/basic:ana|10\.0\.0\.7|stored_prediction|use_cache/)
  })

  test('a clock that is set back, or is behind that of another machine, gives no negative times', () => {
    const running = startJob(aQueuedJob(), { worker: 'worker-2', attempt: 1, at: later(-5000) })
    expect(running.timings.queue_ms).toBe(0)
    const job = finishJob(running, succeeded(later(-9000)))
    expect(job).toMatchObject({ processing_time: 0, timings: { total_ms: 0 } })
  })

  test('in any order of events the first terminal state stays as it is', () => {
    const event = fc.oneof(
      fc.constant('start' as const),
      fc
        .constantFrom('failed' as const, 'canceled' as const, 'expired' as const)
        .map((status) => ended(status)),
      fc.constant(succeeded()),
    )
    fc.assert(
      fc.property(fc.array(event, { maxLength: 12 }), (events) => {
        let job = aQueuedJob()
        let terminal: JobRecord | undefined
        for (const each of events) {
          const next = each === 'start' ? 'running' : each.status
          const apply = () =>
            each === 'start'
              ? startJob(job, { worker: 'w', attempt: job.attempt + 1, at: later(1) })
              : finishJob(job, each)
          if (!mayBecome(job.status, next)) {
            expect(apply).toThrow(`cannot become ${next}`)
            continue
          }
          expect(terminal).toBeUndefined()
          job = apply()
          expect(JobRecord.parse(job)).toEqual(job)
          expect(job.done).toBe(isTerminal(job.status))
          if (job.done) terminal = job
        }
        if (terminal) expect(job).toEqual(terminal)
      }),
    )
  })

  test('exactly the four ends are terminal', () => {
    expect(JobStatus.options.filter(isTerminal)).toEqual(['succeeded', 'failed', 'canceled', 'expired'])
  })
})

describe('a prediction too large for its record', () => {
  // Stripes: many corners, and many runs, in a mask of 640 × 640.
  const stripes = encodeMask(
    Array.from({ length: 640 }, (_, row) => [row, row % 2, 600 + (row % 2) * 40]).flat(),
  )
  const record = () =>
    aJobRecord({ model: { name: 'bottles', version: '1', task: 'segment', digest: 'sha256:5' } })
  const masks = Array.from({ length: 120 }, () => stripes)

  test('is not in it twice: it is made again from what is stored, for whoever reads the job', () => {
    const queued = record()
    const outcome = aSegmentSuccess(queued, masks)
    if (outcome.status !== 'succeeded') throw new Error('it succeeded')
    const finished = finishJob(queued, outcome)
    expect(JSON.stringify(outcome.view).length).toBeGreaterThan(800_000)
    expect(finished).toMatchObject({ status: 'succeeded', prediction: 'bottle', predictions: null })
    expect(toJob(finished).predictions).toEqual(outcome.view.predictions)
    expect(JSON.stringify(finished).length).toBeLessThan(1_000_000)
  })

  test('is missing where what is stored is not read, as in a list', () => {
    const queued = record()
    const finished = finishJob(queued, aSegmentSuccess(queued, masks))
    expect(toJob({ ...finished, stored_prediction: null })).toMatchObject({
      prediction: 'bottle',
      predictions: null,
    })
  })

  test('is one of many long polygons only', () => {
    const queued = record()
    expect(finishJob(queued, aSegmentSuccess(queued, masks.slice(0, 5))).predictions).toHaveLength(5)
  })
})
