import { expect, test } from 'vitest'
import type { ClassLayout } from '../output-layout.ts'
import { decodeClassify, softmax } from './classify.ts'

const layout: ClassLayout = { task: 'classify', at: 0 }
const decode = (data: Float32Array, names: string[]) =>
  decodeClassify([{ data, shape: [1, names.length] }], { layout, names })

test('the five surest classes, the surest first, the first of equals before the second', () => {
  const data = Float32Array.of(0.1, 0.3, 0.1, 0.2, 0.05, 0.15, 0.1)
  const { top } = decode(data, ['a', 'b', 'c', 'd', 'e', 'f', 'g'])
  expect(top.map(({ name }) => name)).toEqual(['b', 'd', 'f', 'a', 'c'])
  expect(top[0]).toEqual({ name: 'b', class: 1, confidence: 0.3 })
})

test('raw scores become probabilities, however large', () => {
  const { top } = decode(Float32Array.of(1000, 1001, -1000), ['a', 'b', 'c'])
  expect(top.map(({ name, confidence }) => [name, confidence])).toEqual([
    ['b', 0.73106],
    ['a', 0.26894],
    ['c', 0],
  ])
})

test('probabilities are left as they are', () => {
  const { top } = decode(Float32Array.of(0.75, 0.25), ['a', 'b'])
  expect(top.map(({ confidence }) => confidence)).toEqual([0.75, 0.25])
})

test('probabilities sum to one', () => {
  const sum = softmax(Float32Array.of(3, -2, 0.5)).reduce((a, b) => a + b, 0)
  expect(sum).toBeCloseTo(1, 6)
})

test('a score that is no number is left out, and counts for nothing in the others', () => {
  const { top } = decode(Float32Array.of(Number.NaN, 1, Number.POSITIVE_INFINITY, 1), ['a', 'b', 'c', 'd'])
  expect(top.map(({ name, confidence }) => [name, confidence])).toEqual([
    ['b', 0.5],
    ['d', 0.5],
  ])
  expect(decode(Float32Array.of(Number.NaN, Number.NaN), ['a', 'b']).top).toEqual([])
})
