import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { aModelPackage } from '../../../../packages/core/test/model-packages.ts'
import { createFailedLoads } from './failed-loads.ts'

const REST_MS = 1000
const model = aModelPackage('broken')

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }))
afterEach(() => void vi.useRealTimers())

test('a model that could not be loaded rests, twice as long each time, and is tried in between', () => {
  const failed = createFailedLoads({ restMs: REST_MS })
  expect(failed.reason(model)).toBeUndefined()
  for (const restMs of [REST_MS, 2 * REST_MS, 4 * REST_MS]) {
    failed.note(model, 'It is broken.', { died: false })
    expect(failed.states()).toMatchObject([{ name: 'broken', failure: 'It is broken.' }])
    vi.advanceTimersByTime(restMs - 1)
    expect(failed.reason(model)).toBe('It is broken.')
    vi.advanceTimersByTime(1)
    expect(failed.reason(model)).toBeUndefined()
    expect(failed.states()).toEqual([])
  }
  failed.forget(model)
  failed.note(model, 'It is broken.', { died: false })
  vi.advanceTimersByTime(REST_MS)
  expect(failed.reason(model)).toBeUndefined()
})

test('one whose manifest was changed is tried at once', () => {
  const failed = createFailedLoads({ restMs: REST_MS })
  failed.note(model, 'It is broken.', { died: false })
  expect(failed.reason({ ...model, names: ['a', 'b'] })).toBeUndefined()
  expect(failed.reason({ ...model })).toBe('It is broken.')
})

test('one that ended its process twice is never tried again', () => {
  const failed = createFailedLoads({ restMs: REST_MS })
  failed.note(model, 'It died.', { died: true })
  vi.advanceTimersByTime(REST_MS)
  expect(failed.reason(model)).toBeUndefined()
  failed.note(model, 'It died.', { died: true })
  vi.advanceTimersByTime(1000 * REST_MS)
  expect(failed.reason({ ...model, names: ['a', 'b'] })).toBe('It died.')
  expect(failed.states()).toMatchObject([{ failure: 'It died.' }])
})
