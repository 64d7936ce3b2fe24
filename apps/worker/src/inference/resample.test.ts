import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Raster } from './decode-image.ts'
import { drawAntialiased, drawBilinear } from './resample.ts'

/** One row of grey levels as an image. */
function row(...levels: number[]): Raster {
  return {
    width: levels.length,
    height: 1,
    rgb: Uint8Array.from(levels.flatMap((level) => [level, level, level])),
  }
}

function bilinear(raster: Raster, width: number, height = 1): number[] {
  const pixelsChw = new Float32Array(3 * width * height)
  drawBilinear(raster, { width, height }, { pixelsChw, input: { width, height }, left: 0, top: 0 })
  return toLevels(pixelsChw)
}

function antialiased(raster: Raster, width: number, height = 1): number[] {
  const pixelsChw = new Float32Array(3 * width * height)
  const input = { width, height }
  drawAntialiased(raster, input, { ...input, left: 0, top: 0 }, { pixelsChw, input, left: 0, top: 0 })
  return toLevels(pixelsChw)
}

const toLevels = (pixels: Float32Array) => Array.from(pixels, (pixel) => Math.round(pixel * 255))
const firstChannel = (levels: number[]) => levels.slice(0, levels.length / 3)

describe('between neighbours, without antialiasing', () => {
  test('levels are those that OpenCV gives', () => {
    // cv2.resize(row, (n, 1), interpolation=cv2.INTER_LINEAR)
    expect(firstChannel(bilinear(row(0, 100), 4))).toEqual([0, 25, 75, 100])
    expect(firstChannel(bilinear(row(0, 10, 20, 30), 2))).toEqual([5, 25])
    expect(firstChannel(bilinear(row(0, 0, 0, 255, 0, 0, 0, 0, 0), 3))).toEqual([0, 0, 0])
  })

  test('levels are those that OpenCV gives, to the bit, scaled down and up', () => {
    // cv2.resize(picture, (7, 5)) and (20, 6), opencv-python 5.0.0
    const levels = Array.from({ length: 13 * 9 }, (_, at) => {
      const x = at % 13
      const y = Math.floor(at / 13)
      return (x * 37 + y * 91 + x * y * 13) % 256
    })
    const rgb = Uint8Array.from(levels.flatMap((level) => [level, level, level]))
    const picture = { width: 13, height: 9, rgb }
    expect(firstChannel(bilinear(picture, 7, 5))).toEqual(
      [
        [54, 133, 109, 187, 112, 88, 166],
        [177, 94, 165, 82, 152, 91, 140],
        [146, 55, 184, 130, 76, 205, 114],
        [93, 68, 196, 178, 182, 135, 87],
        [172, 190, 77, 73, 106, 138, 171],
      ].flat(),
    )
    expect(firstChannel(bilinear(picture, 20, 6)).slice(20, 40)).toEqual([
      159, 187, 202, 116, 112, 146, 143, 164, 199, 113, 89, 128, 167, 188, 185, 109, 66, 105, 144, 172,
    ])
  })

  test('channels go to their planes, and around the image there is grey', () => {
    const pixelsChw = new Float32Array(3 * 4 * 3).fill(9)
    const raster = { width: 2, height: 1, rgb: Uint8Array.of(255, 0, 51, 0, 255, 102) }
    drawBilinear(raster, raster, { pixelsChw, input: { width: 4, height: 3 }, left: 1, top: 1 })
    const around = Array<number>(5).fill(114 / 255)
    const planes = [0, 1, 2].map((channel) => Array.from(pixelsChw.subarray(channel * 12, channel * 12 + 12)))
    const expected = [
      [1, 0],
      [0, 1],
      [0.2, 0.4],
    ].map(([first, second]) => [...around, first, second, ...around])
    planes.forEach((plane, channel) => {
      plane.forEach((pixel, at) => expect(pixel).toBeCloseTo(expected[channel]?.[at] ?? -1, 6))
    })
  })
})

describe('with antialiasing', () => {
  test('levels are those that Pillow gives', () => {
    // Image.resize((n, 1), Image.BILINEAR)
    expect(firstChannel(antialiased(row(0, 10, 20, 30), 2))).toEqual([7, 23])
    expect(firstChannel(antialiased(row(0, 0, 0, 255, 0, 0, 0, 0, 0), 3))[0]).toBeGreaterThan(0)
  })

  test('a window holds the same as the whole, cut', () => {
    const raster = {
      width: 40,
      height: 30,
      rgb: Uint8Array.from({ length: 3600 }, (_, at) => (at * 7919) % 256),
    }
    const resized = { width: 16, height: 12 }
    const whole = antialiased(raster, resized.width, resized.height)
    const window = { width: 6, height: 5, left: 7, top: 4 }
    const pixelsChw = new Float32Array(3 * 6 * 5)
    drawAntialiased(raster, resized, window, { pixelsChw, input: window, left: 0, top: 0 })
    const expected = [0, 1, 2].flatMap((channel) =>
      [0, 1, 2, 3, 4].flatMap((y) =>
        whole.slice(channel * 192 + (4 + y) * 16 + 7, channel * 192 + (4 + y) * 16 + 13),
      ),
    )
    expect(toLevels(pixelsChw)).toEqual(expected)
  })
})

test('an even image stays even, and no level leaves its range, whatever the sizes', () => {
  const side = fc.integer({ min: 1, max: 90 })
  fc.assert(
    fc.property(
      side,
      side,
      side,
      side,
      fc.integer({ min: 0, max: 255 }),
      (width, height, toWidth, toHeight, level) => {
        const raster = { width, height, rgb: new Uint8Array(width * height * 3).fill(level) }
        for (const resize of [bilinear, antialiased]) {
          expect(new Set(resize(raster, toWidth, toHeight))).toEqual(new Set([level]))
        }
      },
    ),
  )
})
