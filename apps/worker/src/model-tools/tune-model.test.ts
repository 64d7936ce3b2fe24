import { expect, test } from 'vitest'
import { waysToShare } from './tune-model.ts'

const shown = (cores: number, takesSeveral = false) =>
  waysToShare(cores, takesSeveral).map(({ slots, threads, batch }) => `${slots}×${threads}×${batch}`)

test('slots double up to the cores, each with its share of them and with one thread', () => {
  expect(shown(1)).toEqual(['1×1×1'])
  expect(shown(2)).toEqual(['1×2×1', '1×1×1', '2×1×1'])
  expect(shown(6)).toEqual(['1×6×1', '1×1×1', '2×3×1', '2×1×1', '4×1×1', '6×1×1'])
})

test('batches are tried of a model that takes any number of images', () => {
  expect(shown(1, true)).toEqual(['1×1×1', '1×1×2', '1×1×4'])
})
