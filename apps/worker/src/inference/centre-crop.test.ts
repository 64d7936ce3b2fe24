import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { fitCentreCrop } from './centre-crop.ts'

const INPUT = { width: 224, height: 224 }

test('the short side becomes that of the model, the long one is cut in the middle', () => {
  expect(fitCentreCrop({ width: 1280, height: 720 }, INPUT)).toEqual({
    resized: { width: 398, height: 224 },
    left: 87,
    top: 0,
    input: INPUT,
  })
  expect(fitCentreCrop({ width: 810, height: 1080 }, INPUT)).toMatchObject({
    resized: { width: 224, height: 298 },
    left: 0,
    top: 37,
  })
})

test('half a pixel is rounded to even, as torchvision does', () => {
  expect(fitCentreCrop({ width: 225, height: 224 }, INPUT)).toMatchObject({ left: 0 })
  expect(fitCentreCrop({ width: 227, height: 224 }, INPUT)).toMatchObject({ left: 2 })
})

test('a model that is not square gets the whole image, stretched', () => {
  const input = { width: 320, height: 160 }
  expect(fitCentreCrop({ width: 500, height: 500 }, input)).toEqual({
    resized: input,
    left: 0,
    top: 0,
    input,
  })
})

test('the part that is kept lies within the scaled image, whatever its size', () => {
  const image = fc.record({
    width: fc.integer({ min: 1, max: 6000 }),
    height: fc.integer({ min: 1, max: 4000 }),
  })
  fc.assert(
    fc.property(image, (size) => {
      const { resized, left, top } = fitCentreCrop(size, INPUT)
      expect(left >= 0 && left + INPUT.width <= resized.width).toBe(true)
      expect(top >= 0 && top + INPUT.height <= resized.height).toBe(true)
    }),
  )
})
