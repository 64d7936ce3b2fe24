import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { countsOf, decodeRle } from '../../test/masks/decode-rle.ts'
import { drawMask, picture, spansOf } from '../../test/masks/draw-mask.ts'
import { fromCocoRle, pixelCountOf, runsOf, toCocoRle } from './coco-rle.ts'
import { fitLetterbox } from './letterbox.ts'
import { decodeMask, encodeMask } from './mask.ts'
import type { Size } from './size.ts'

const maskOf = (drawn: Size & { bits: Uint8Array }) => decodeMask(encodeMask(spansOf(drawn.bits, drawn)))
const rleOf = (drawn: Size & { bits: Uint8Array }, image: Size = drawn) =>
  toCocoRle(maskOf(drawn), fitLetterbox(image, drawn), image)

describe('a mask of the size of the image is what pycocotools makes of it', () => {
  // pycocotools 2.0.11: mask.encode(numpy.asfortranarray(picture))
  test('where it has two parts', () => {
    expect(rleOf(picture('......', '..##..', '.#..#.', '......'))).toEqual({
      size: [4, 6],
      counts: '612010101',
    })
  })

  test('where it covers all', () => {
    const bits = new Uint8Array(50 * 40).fill(1)
    expect(rleOf({ width: 50, height: 40, bits })).toEqual({ size: [40, 50], counts: '0`n1' })
  })

  test('where it is a disc', () => {
    const [width, height] = [300, 200]
    const bits = Uint8Array.from({ length: width * height }, (_, at) =>
      ((at % width) - 140) ** 2 + (Math.floor(at / width) - 90) ** 2 <= 70 ** 2 ? 1 : 0,
    )
    expect(rleOf({ width, height, bits }).counts).toBe(
      'Zh=1l5f0@:G8I6K4K6K4L4L4L4M2M4M2M4M2N2N2N2N2N2N2N2N2N2N2N2N2N2O0O2N2O0O2N2O0O2O0O2O0O2O0O2O000O2O0O2O000O2O00000O2O0000000O2O0000000000000000000O20N100000000000000000001N100000001N1000001N10001N101N10001N101N101N101N101N2N101N2N101N2N2N2N2N2N2N2N2N2N2N2N2N2N3L3N3L3N3L4L4L4L5J5L5J7H9F`0ZOiYa0',
    )
  })
})

test('every pixel of the image is what the pixel of the model at its place is', () => {
  const side = fc.integer({ min: 1, max: 30 })
  fc.assert(
    fc.property(
      fc.record({ width: side, height: side }),
      fc.record({ width: side, height: side }),
      fc.uint8Array({ min: 0, max: 1, minLength: 900, maxLength: 900 }),
      (image, model, grain) => {
        const drawn = { ...model, bits: grain.subarray(0, model.width * model.height) }
        const mask = maskOf(drawn)
        const letterbox = fitLetterbox(image, model)
        const { resized, padLeft, padTop } = letterbox
        const inModel = drawMask(mask, model)
        const expected = new Uint8Array(image.width * image.height).map((_, at) => {
          // Centres, in whole numbers: some lie on the border of two pixels.
          const x = Math.floor(((2 * (at % image.width) + 1) * resized.width) / (2 * image.width)) + padLeft
          const row = Math.floor(at / image.width)
          const y = Math.floor(((2 * row + 1) * resized.height) / (2 * image.height)) + padTop
          return inModel[y * model.width + x] as number
        })
        const rle = toCocoRle(mask, letterbox, image)
        expect(decodeRle(rle)).toEqual(expected)
        const counts = countsOf(rle)
        expect(counts.reduce((sum, count) => sum + count, 0)).toBe(image.width * image.height)
        expect(counts.slice(1).every((count) => count > 0)).toBe(true)
      },
    ),
    {
      examples: [
        // The centre of pixel 7 of 10 lies at 21 of 28: just below it in floating point.
        [{ width: 10, height: 1 }, { width: 28, height: 5 }, oneAt(76)],
        [{ width: 1, height: 10 }, { width: 5, height: 28 }, oneAt(107)],
      ],
    },
  )
})

function oneAt(place: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(900).fill(1, place, place + 1)
}

describe('a mask comes back from its encoding', () => {
  const side = fc.integer({ min: 1, max: 20 })
  const drawn = fc.record({ width: side, height: side }).chain((size) =>
    fc
      .array(fc.constantFrom(0, 1), {
        minLength: size.width * size.height,
        maxLength: size.width * size.height,
      })
      .map((bits) => ({ ...size, bits: Uint8Array.from(bits) })),
  )

  test('as it was', () => {
    fc.assert(
      fc.property(drawn, (whole) => {
        const rle = rleOf(whole)
        expect(drawMask(fromCocoRle(rle), whole)).toEqual(whole.bits)
        expect(pixelCountOf(rle)).toBe(whole.bits.filter(Boolean).length)
        expect(runsOf(rle)).toEqual(countsOf(rle))
      }),
    )
  })

  test('in steps, with what is there at each', () => {
    fc.assert(
      fc.property(drawn, fc.integer({ min: 2, max: 5 }), (whole, step) => {
        const width = Math.ceil(whole.width / step)
        const height = Math.ceil(whole.height / step)
        const expected = Uint8Array.from(
          { length: width * height },
          (_, at) => whole.bits[Math.floor(at / width) * step * whole.width + (at % width) * step] ?? 0,
        )
        expect(drawMask(fromCocoRle(rleOf(whole), step), { width, height })).toEqual(expected)
      }),
    )
  })
})
