import { expect, test } from 'vitest'
import { shapeOf, toPointList } from './shape-of.ts'

const named = { name: 'person', class: 0, confidence: 0.9 }
const box = { x1: 10, y1: 20, x2: 30, y2: 60 }

test('a box is drawn round its corners', () => {
  expect(shapeOf({ ...named, box })).toMatchObject({
    outline: [
      { x: 10, y: 20 },
      { x: 30, y: 20 },
      { x: 30, y: 60 },
      { x: 10, y: 60 },
    ],
    mask: null,
    keypoints: [],
    bones: [],
  })
})

test('a rotated box is drawn by its own four corners', () => {
  const rotated = { x1: 50, y1: 40, x2: 60, y2: 20, x3: 30, y3: 5, x4: 20, y4: 25 }
  const shape = shapeOf({ ...named, box: rotated })
  expect(toPointList(shape?.outline ?? [])).toBe('50,40 60,20 30,5 20,25')
})

test('a mask is drawn as its outline, unless that is no area', () => {
  const shape = shapeOf({ ...named, box, segments: { x: [1, 2, 3], y: [4, 5, 4] } })
  expect(toPointList(shape?.mask ?? [])).toBe('1,4 2,5 3,4')
  expect(shapeOf({ ...named, box, segments: { x: [1, 2], y: [4, 5] } })?.mask).toBeNull()
})

test('of a person the bones are drawn, but for those that end in what is hidden', () => {
  const x = Array.from({ length: 17 }, (_, number) => number)
  const seen = shapeOf({ ...named, box, keypoints: { x, y: x } })
  expect(seen?.keypoints).toHaveLength(17)
  const visible = x.map((number) => (number === 16 ? 0.1 : 0.9))
  const hidden = shapeOf({ ...named, box, keypoints: { x, y: x, visible } })
  expect(hidden?.keypoints).toHaveLength(16)
  expect(hidden?.bones).toHaveLength((seen?.bones.length ?? 0) - 1)
})

test('a classification has no place in the picture', () => {
  expect(shapeOf(named)).toBeNull()
})
