import { unpackCandidates } from '@lupa/core/domain/candidates'
import { fitLetterbox } from '@lupa/core/domain/letterbox'
import { MAX_CANDIDATES } from '@lupa/core/domain/prediction'
import { expect, test } from 'vitest'
import type { Output } from '../onnx-session.ts'
import type { BoxLayout } from '../output-layout.ts'
import { decodeDetect } from './detect.ts'

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

/** Before suppression. */
const anchorsOf = (classes: number): BoxLayout => ({ at: 0, form: 'anchors', classes, extras: 0 })
/** After it. */
const ROWS: BoxLayout = { at: 0, form: 'rows', classes: 2, extras: 0 }

function decode(given: Output, layout: BoxLayout, letterbox = SAME_SIZE) {
  const { candidates, ...stored } = decodeDetect([given], { layout, names: ['a', 'b', 'c'], letterbox })
  return { ...stored, candidates: unpackCandidates(candidates) }
}

test('each anchor gives its best class, the surest first', () => {
  const decoded = decode(output([50, 50, 20, 10, 0.25, 0.5], [10, 10, 4, 4, 0.75, 0.5]), anchorsOf(2))
  expect(Array.from(decoded.candidates)).toEqual([8, 8, 12, 12, 0.75, 0, 40, 45, 60, 55, 0.5, 1])
  expect(decoded.names).toEqual({ 0: 'a', 1: 'b' })
  expect(decoded).not.toHaveProperty('suppressed')
})

test('boxes are in pixels of the image, and not clipped to it', () => {
  const letterbox = fitLetterbox({ width: 200, height: 100 }, { width: 100, height: 100 })
  const { candidates } = decode(output([50, 50, 200, 20, 0.5]), anchorsOf(1), letterbox)
  expect(Array.from(candidates)).toEqual([-100, 30, 300, 70, 0.5, 0])
})

test('anchors at or below the floor, or without a number, are not kept', () => {
  const anchors = [0.005, 0, Number.NaN, -1].map((score) => [50, 50, 10, 10, score])
  expect(decode(output(...anchors), anchorsOf(1)).candidates).toHaveLength(0)
})

test('equally sure ones keep the order of their anchors', () => {
  const anchors = [30, 10, 20].map((x) => [x, 50, 0, 0, 0.5])
  const { candidates } = decode(output(...anchors), anchorsOf(1))
  expect([candidates[0], candidates[6], candidates[12]]).toEqual([30, 10, 20])
})

test('at most so many are kept, the surest', () => {
  const anchors = Array.from({ length: MAX_CANDIDATES + 500 }, (_, at) => [at, 50, 0, 0, 0.1 + at / 10_000])
  const { candidates } = decode(output(...anchors), anchorsOf(1))
  expect(candidates).toHaveLength(MAX_CANDIDATES * 6)
  expect(candidates[0]).toBe(MAX_CANDIDATES + 499)
})

test('rows that the model has suppressed are taken as they are, and are never suppressed again', () => {
  const data = Float32Array.from(
    [
      [40, 45, 60, 55, 0.5, 1],
      [8, 8, 12, 12, 0.75, 0],
      [0, 0, 0, 0, 0, 0],
    ].flat(),
  )
  const decoded = decode({ data, shape: [1, 3, 6] }, ROWS)
  expect(Array.from(decoded.candidates)).toEqual([8, 8, 12, 12, 0.75, 0, 40, 45, 60, 55, 0.5, 1])
  expect(decoded).toMatchObject({ names: { 0: 'a', 1: 'b' }, suppressed: true })
})

test('a row of no class, or with a number that is none, is not kept', () => {
  const data = Float32Array.from(
    [
      [0, 0, 10, 10, 0.5, 2],
      [0, 0, 10, 10, 0.5, 0.5],
      [0, 0, 10, 10, 0.5, -1],
      [0, Number.NaN, 10, 10, 0.5, 1],
      [0, 0, Number.POSITIVE_INFINITY, 10, 0.5, 1],
      [0, 0, 10, 10, Number.POSITIVE_INFINITY, 1],
    ].flat(),
  )
  expect(decode({ data, shape: [1, 6, 6] }, ROWS).candidates).toHaveLength(0)
})
