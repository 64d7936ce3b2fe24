import { describe, expect, test } from 'vitest'
import { aDetectSuccess, aFailure, aJobRecord, aSuccess } from '../../test/job-records.ts'
import { finishJob, type JobRecord, toJob } from '../domain/job.ts'
import { webhookBody, webhookId } from './webhook-body.ts'

const webhook = { url: 'https://hooks.example/a', events: ['job.succeeded' as const] }

describe('webhookBody', () => {
  test('tells the event, when it was, and the job as its client sees it', () => {
    const record = finished()
    expect(JSON.parse(webhookBody(record))).toEqual({
      type: 'job.succeeded',
      timestamp: record.finished_at,
      data: toJob(record),
    })
  })

  test('holds nothing that only the record holds', () => {
    const body = webhookBody(finished())
    for (const hidden of ['user_ip', '203.0.113.7', '"client"', 'stored_prediction']) {
      expect(body).not.toContain(hidden)
    }
  })

  test('is the same bytes after tries were noted, and from a store with another order of fields', () => {
    const record = finished()
    const tried: JobRecord = {
      ...record,
      webhook: {
        ...webhook,
        last_delivery: {
          id: webhookId(record.id, 'job.succeeded'),
          event: 'job.succeeded',
          status: 'retrying',
          tries: 1,
          at: record.created_at,
          response_status: 500,
          error: 'The receiver answered 500.',
          next_try_at: record.created_at,
        },
      },
    }
    const reordered = Object.fromEntries(Object.entries(tried).toReversed()) as JobRecord
    expect(webhookBody(tried)).toBe(webhookBody(record))
    expect(webhookBody(reordered)).toBe(webhookBody(record))
  })

  test('leaves out the predictions when the body would be over 20 kB', () => {
    const queued = aJobRecord({ webhook })
    const small = finishJob(queued, aDetectSuccess(queued, 20))
    const large = finishJob(queued, aDetectSuccess(queued, 3000))
    expect(JSON.parse(webhookBody(small)).data.predictions).toEqual(small.predictions)
    expect(small.predictions).not.toEqual([])

    const body = webhookBody(large)
    expect(Buffer.byteLength(body)).toBeLessThan(20_000)
    expect(JSON.parse(body).data).toEqual({ ...toJob(large), predictions: null })
  })

  test('tells of a failure too', () => {
    const record = finishJob(aJobRecord({ webhook }), aFailure())
    const body = JSON.parse(webhookBody(record))
    expect(body.type).toBe('job.failed')
    expect(body.data.error.code).toBe('image_unreadable')
  })

  test('there is none of a job that has not ended', () => {
    expect(() => webhookBody(aJobRecord({ webhook }))).toThrow('queued')
  })
})

describe('webhookId', () => {
  test('names the job and the event without a dot', () => {
    expect(webhookId('0199', 'job.canceled')).toBe('0199-job-canceled')
  })
})

function finished(): JobRecord {
  const queued = aJobRecord({ webhook })
  return finishJob(queued, aSuccess(queued))
}
