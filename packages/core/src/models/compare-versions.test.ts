import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { compareVersions } from './compare-versions.ts'

test('versions are ordered by their parts, numbers as numbers', () => {
  const ordered = ['1-beta', '2-rc1', '1', '1.0', '1.0.1', '1.9', '1.10', '2', '2.x', '2.0', '10', '20260101']
  expect(ordered.toReversed().toSorted(compareVersions)).toEqual(ordered)
})

test.each(['1', '1.0', '2.10', 'v1', '1.x', '2026-01'])(
  'the int8 version of %s is below it, so that it is never the default by itself',
  (version) => {
    expect(compareVersions(`${version}-int8`, version)).toBeLessThan(0)
  },
)

test('the order is total: any two are comparable, and it is the same however they come', () => {
  const version = fc
    .array(
      fc.oneof(
        fc.nat().map(String),
        fc.constantFrom('a', 'rc1', '007', 'a-b', 'a-int8', '7-int8', '-', 'a-'),
      ),
      { minLength: 1, maxLength: 4 },
    )
    .map((parts) => parts.join('.'))
  fc.assert(
    fc.property(version, version, version, (a, b, c) => {
      expect(Math.sign(compareVersions(a, b))).toBe(-Math.sign(compareVersions(b, a)) + 0)
      expect(compareVersions(a, b) === 0).toBe(a === b)
      const isInOrder = compareVersions(a, b) <= 0 && compareVersions(b, c) <= 0
      expect(!isInOrder || compareVersions(a, c) <= 0).toBe(true)
    }),
  )
})
