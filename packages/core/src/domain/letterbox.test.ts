import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fitLetterbox, fitRectangle, roundHalfToEven, toImageBox } from './letterbox.ts'

const MODEL = { width: 640, height: 640 }

test('a wide image is padded above and below, an odd pixel below', () => {
  expect(fitLetterbox({ width: 1280, height: 722 }, MODEL)).toEqual({
    scaleX: 0.5,
    scaleY: 0.5,
    resized: { width: 640, height: 361 },
    input: MODEL,
    padLeft: 0,
    padTop: 139,
  })
})

test('a small image is scaled up', () => {
  expect(fitLetterbox({ width: 10, height: 20 }, MODEL)).toMatchObject({
    scaleX: 32,
    scaleY: 32,
    resized: { width: 320, height: 640 },
    padLeft: 160,
    padTop: 0,
  })
})

test('an image of the size of the model stays as it is', () => {
  expect(fitLetterbox(MODEL, MODEL)).toEqual({
    scaleX: 1,
    scaleY: 1,
    resized: MODEL,
    input: MODEL,
    padLeft: 0,
    padTop: 0,
  })
})

test('for a model that takes any size, only to the next multiple of the stride', () => {
  expect(fitRectangle({ width: 1280, height: 720 }, MODEL, 32)).toEqual({
    scaleX: 0.5,
    scaleY: 0.5,
    resized: { width: 640, height: 360 },
    input: { width: 640, height: 384 },
    padLeft: 0,
    padTop: 12,
  })
})

test("halves are rounded to even, as Python's round()", () => {
  expect([0.5, 1.5, 2.5, -0.5, -1.5, 2.4, 2.6].map(roundHalfToEven)).toEqual([0, 2, 2, 0, -2, 2, 3])
})

describe('for any image of up to 24 megapixels', () => {
  const image = fc.record({
    width: fc.integer({ min: 1, max: 6000 }),
    height: fc.integer({ min: 1, max: 4000 }),
  })
  const side = fc.integer({ min: 1, max: 40 }).map((strides) => strides * 32)
  const model = fc.record({ width: side, height: side })

  test('the scaled image lies within the model, and fills it in one direction', () => {
    fc.assert(
      fc.property(image, model, (imageSize, modelSize) => {
        const { resized, padLeft, padTop, input } = fitLetterbox(imageSize, modelSize)
        expect(input).toEqual(modelSize)
        expect(resized.width >= 1 && resized.height >= 1 && padLeft >= 0 && padTop >= 0).toBe(true)
        const padRight = modelSize.width - padLeft - resized.width
        const padBottom = modelSize.height - padTop - resized.height
        expect([0, 1]).toContain(padRight - padLeft)
        expect([0, 1]).toContain(padBottom - padTop)
        expect(resized.width === modelSize.width || resized.height === modelSize.height).toBe(true)
      }),
    )
  })

  test('a box comes back where it was', () => {
    fc.assert(
      fc.property(
        image,
        model,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (imageSize, modelSize, across, down) => {
          const letterbox = fitLetterbox(imageSize, modelSize)
          const { resized, padLeft, padTop } = letterbox
          const inModel = { x: padLeft + across * resized.width, y: padTop + down * resized.height }
          const box = toImageBox({ x1: inModel.x, y1: inModel.y, x2: inModel.x, y2: inModel.y }, letterbox)
          expect(box.x1).toBeCloseTo(across * imageSize.width, 6)
          expect(box.y2).toBeCloseTo(down * imageSize.height, 6)
        },
      ),
    )
  })

  test('a rectangle is a multiple of the stride, no larger than the model, with less than a stride of padding', () => {
    fc.assert(
      fc.property(image, model, (imageSize, modelSize) => {
        const { input, resized } = fitRectangle(imageSize, modelSize, 32)
        expect([input.width % 32, input.height % 32]).toEqual([0, 0])
        expect(input.width <= modelSize.width && input.height <= modelSize.height).toBe(true)
        expect(input.width - resized.width).toBeLessThan(32)
        expect(input.height - resized.height).toBeLessThan(32)
      }),
    )
  })
})
