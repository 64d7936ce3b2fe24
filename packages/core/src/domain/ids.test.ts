import { expect, test } from 'vitest'
import { createdAtMs, JobId, newJobId } from './ids.ts'

test('ids are UUIDv7s that sort by the time of their making', () => {
  const ids = Array.from({ length: 1000 }, newJobId)
  expect(ids.every((id) => JobId.safeParse(id).success)).toBe(true)
  expect(ids.toSorted()).toEqual(ids)
  expect(new Set(ids).size).toBe(ids.length)
})

test('an id tells when it was made', () => {
  const before = Date.now()
  const at = createdAtMs(newJobId())
  expect(at).toBeGreaterThanOrEqual(before)
  expect(at).toBeLessThanOrEqual(Date.now())
})
