import { unpackCandidates } from '@lupa/core/domain/candidates'
import { MAX_CANDIDATES } from '@lupa/core/domain/prediction'
import { expect, test } from 'vitest'
import { fitLetterbox } from '../letterbox.ts'
import { decodeDetect, toCandidates } from './detect.ts'

const SAME_SIZE = fitLetterbox({ width: 100, height: 100 }, { width: 100, height: 100 })

/** Each anchor: centre x, centre y, width, height, then a score per class. */
function output(...anchors: number[][]) {
  const rows = anchors[0]?.length ?? 0
  const data = new Float32Array(rows * anchors.length)
  anchors.forEach((anchor, at) => {
    anchor.forEach((value, row) => {
      data[row * anchors.length + at] = value
    })
  })
  return { data, shape: [1, rows, anchors.length] }
}

test('each anchor gives its best class, the surest first', () => {
  const decoded = decodeDetect(
    output([50, 50, 20, 10, 0.25, 0.5], [10, 10, 4, 4, 0.75, 0.5]),
    ['a', 'b', 'c'],
    SAME_SIZE,
  )
  expect(Array.from(unpackCandidates(decoded.candidates))).toEqual([
    8, 8, 12, 12, 0.75, 0, 40, 45, 60, 55, 0.5, 1,
  ])
  expect(decoded.names).toEqual({ 0: 'a', 1: 'b' })
})

test('boxes are in pixels of the image, and not clipped to it', () => {
  const letterbox = fitLetterbox({ width: 200, height: 100 }, { width: 100, height: 100 })
  expect(Array.from(toCandidates(output([50, 50, 200, 20, 0.5]), letterbox))).toEqual([
    -100, 30, 300, 70, 0.5, 0,
  ])
})

test('anchors at or below the floor, or without a number, are not kept', () => {
  const anchors = [0.005, 0, Number.NaN, -1].map((score) => [50, 50, 10, 10, score])
  expect(toCandidates(output(...anchors), SAME_SIZE)).toHaveLength(0)
})

test('equally sure ones keep the order of their anchors', () => {
  const anchors = [30, 10, 20].map((x) => [x, 50, 0, 0, 0.5])
  const candidates = toCandidates(output(...anchors), SAME_SIZE)
  expect([candidates[0], candidates[6], candidates[12]]).toEqual([30, 10, 20])
})

test('at most so many are kept, the surest', () => {
  const anchors = Array.from({ length: MAX_CANDIDATES + 500 }, (_, at) => [at, 50, 0, 0, 0.1 + at / 10_000])
  const candidates = toCandidates(output(...anchors), SAME_SIZE)
  expect(candidates).toHaveLength(MAX_CANDIDATES * 6)
  expect(candidates[0]).toBe(MAX_CANDIDATES + 499)
})
