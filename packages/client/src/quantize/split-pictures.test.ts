import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { keepApart, splitPictures } from './split-pictures.ts'

const distinct = (index: number) => createHash('sha256').update(`${index}`).digest('hex').slice(0, 16)
const pictures = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ path: `${index}.jpg`, fingerprint: distinct(index) }))
const own = (choices: { path: string; variant: number }[]) =>
  choices.filter(({ variant }) => variant === 0).map(({ path }) => path)

test('a third is put aside, and none is on both sides', () => {
  const { calibration, evaluation } = splitPictures(pictures(12))
  expect([...own(calibration), ...own(evaluation)].toSorted()).toEqual(
    pictures(12)
      .map(({ path }) => path)
      .toSorted(),
  )
  expect(own(evaluation)).toHaveLength(4)
  const paths = new Set(calibration.map(({ path }) => path))
  expect(evaluation.filter(({ path }) => paths.has(path))).toEqual([])
})

test('the division is the same however the pictures come', () => {
  const sorted = (choices: { path: string }[]) => choices.map(({ path }) => path).toSorted()
  const [forth, back] = [splitPictures(pictures(9)), splitPictures(pictures(9).toReversed())]
  expect(sorted(back.evaluation)).toEqual(sorted(forth.evaluation))
})

test('pictures that look alike stay on one side', () => {
  const alike = [
    { path: 'a.jpg', fingerprint: '00000000000000ff' },
    { path: 'a.webp', fingerprint: '00000000000000fc' },
    // Alike to a.webp, and to a.jpg only through it.
    { path: 'a-grey.png', fingerprint: '000000000000fffc' },
    { path: 'b.jpg', fingerprint: 'ffffffff00000000' },
  ]
  const { calibration, evaluation } = splitPictures(alike)
  const sides = [own(calibration), own(evaluation)].toSorted((a, b) => a.length - b.length)
  expect(sides.map((side) => side.length)).toEqual([1, 3])
})

test('pictures that all look alike leave none to judge by', () => {
  const one = { fingerprint: 'ffffffff00000000' }
  const { evaluation } = splitPictures([
    { path: 'a', ...one },
    { path: 'b', ...one },
  ])
  expect(evaluation).toEqual([])
})

test('few pictures are joined by variants of them in turn, many are not', () => {
  const few = splitPictures(pictures(3))
  expect(few.calibration).toHaveLength(64)
  expect(few.evaluation).toHaveLength(24)
  expect(new Set(few.calibration.map(({ path, variant }) => `${path} ${variant}`)).size).toBe(64)
  expect(few.calibration.slice(0, 4).map(({ variant }) => variant)).toEqual([0, 0, 1, 1])
  const many = keepApart(pictures(80), [])
  expect(many.calibration.every(({ variant }) => variant === 0)).toBe(true)
})

test('of pictures that were divided by hand, those to judge by must not look like the others', () => {
  const calibration = [{ path: 'a.jpg', fingerprint: '00000000000000ff' }]
  const { evaluation, alike, unreadable } = keepApart(calibration, [
    { path: 'a.webp', fingerprint: '00000000000000fe' },
    { path: 'b.jpg', fingerprint: 'ffffffff00000000' },
    { path: 'text.jpg', fingerprint: null },
  ])
  expect(own(evaluation)).toEqual(['b.jpg'])
  expect(alike).toEqual(['a.webp'])
  expect(unreadable).toEqual(['text.jpg'])
})
