import { CANDIDATE_WIDTH } from '@lupa/core/domain/candidates'
import { suppress } from '@lupa/core/domain/non-max-suppression'
import { DEFAULT_PARAMS } from '@lupa/core/domain/params'
import { IOU_STEPS } from '@lupa/core/domain/prediction'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { BoxLayout } from '../output-layout.ts'
import { rowsOf, survivorsOf } from './survivors.ts'

const width = CANDIDATE_WIDTH
const layout = (form: BoxLayout['form']): BoxLayout => ({ at: 0, form, classes: 2, extras: 0 })

const box = fc
  .tuple(
    fc.nat({ max: 60 }),
    fc.nat({ max: 60 }),
    fc.integer({ min: 10, max: 60 }),
    fc.integer({ min: 10, max: 60 }),
  )
  .map(([x, y, across, down]) => [x, y, x + across, y + down])
const candidates = fc
  .array(fc.tuple(box, fc.integer({ min: 1, max: 100 }), fc.nat({ max: 1 })), { maxLength: 60 })
  .map((all) =>
    Float32Array.from(
      all
        .toSorted((a, b) => b[1] - a[1])
        .flatMap(([corners, percent, classNumber]) => [...corners, percent / 100, classNumber]),
    ),
  )

test('under each of the steps, what is kept gives the same answer as everything would', () => {
  fc.assert(
    fc.property(
      candidates,
      fc.constantFrom(...IOU_STEPS),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (all, iou, conf) => {
        const kept = survivorsOf(all, { width, layout: layout('anchors'), most: 300 }).toSorted(
          (a, b) => a - b,
        )
        const params = { ...DEFAULT_PARAMS, iou, conf }
        const shown = suppress(rowsOf(all, kept, width), params).map((row) => kept[row])
        expect(shown).toEqual(suppress(all, params))
      },
    ),
  )
})

test('where there is no room for all, the surest that the default shows come first', () => {
  const apart = (count: number, from: number, sure: number) =>
    Array.from({ length: count }, (_, at) => [(from + at) * 50, 0, (from + at) * 50 + 40, 40, sure, 0])
  const twins = apart(4, 0, 0.5).map(([x1 = 0, y1 = 0, x2 = 0, ...rest]) => [x1 + 6, y1, x2 + 6, ...rest])
  const all = Float32Array.from([...apart(4, 0, 0.9), ...twins, ...apart(4, 4, 0.1)].flat())
  // The four sure, the four apart; a twin that only a higher overlap shows has to wait.
  expect(survivorsOf(all, { width, layout: layout('anchors'), most: 9 })).toEqual([
    0, 1, 2, 3, 8, 9, 10, 11, 4,
  ])
  expect(survivorsOf(all, { width, layout: layout('anchors'), most: 3 })).toEqual([0, 1, 2])
})

test('what the model suppressed itself is kept as it is', () => {
  const twins = Float32Array.from([0, 0, 9, 9, 0.5, 0, 0, 0, 9, 9, 0.5, 0])
  expect(survivorsOf(twins, { width, layout: layout('rows'), most: 300 })).toEqual([0, 1])
  expect(survivorsOf(twins, { width, layout: layout('anchors'), most: 300 })).toEqual([0])
})
