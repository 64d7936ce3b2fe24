import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { packCandidates, unpackCandidates } from './candidates.ts'

test('candidates are the same after packing and unpacking, wherever they lie in memory', () => {
  fc.assert(
    fc.property(fc.float32Array({ maxLength: 600 }), fc.nat({ max: 5 }), (candidates, skipped) => {
      const part = candidates.subarray(Math.min(skipped, candidates.length))
      expect(unpackCandidates(packCandidates(part))).toEqual(Float32Array.from(part))
    }),
  )
})
