import { NO_TIMINGS } from '@lupa/core/domain/job'
import { expect, test } from 'vitest'
import { timelineOf } from './timeline-of.ts'

test('the stages come in order, and what is left over was the storing', () => {
  const timings = {
    ...NO_TIMINGS,
    queue_ms: 5,
    download_ms: 1,
    preprocess_ms: 4,
    inference_ms: 30,
    postprocess_ms: 2,
    total_ms: 50,
  }
  expect(timelineOf({ timings })).toEqual([
    { stage: 'queue', ms: 5 },
    { stage: 'download', ms: 1 },
    { stage: 'preprocess', ms: 4 },
    { stage: 'inference', ms: 30 },
    { stage: 'postprocess', ms: 2 },
    { stage: 'store', ms: 8 },
  ])
})

test('of a job that failed early, those stages it came to', () => {
  const timings = { ...NO_TIMINGS, queue_ms: 5, total_ms: 25 }
  expect(timelineOf({ timings })).toEqual([
    { stage: 'queue', ms: 5 },
    { stage: 'store', ms: 20 },
  ])
})

test('clocks that disagree make no negative time', () => {
  const timings = { ...NO_TIMINGS, inference_ms: 30, total_ms: 20 }
  expect(timelineOf({ timings })).toEqual([{ stage: 'inference', ms: 30 }])
  expect(timelineOf({ timings: { ...NO_TIMINGS, total_ms: 3 } })).toEqual([])
})
