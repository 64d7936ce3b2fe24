import { fitLetterbox } from '@lupa/core/domain/letterbox'
import { expect, test } from 'vitest'
import type { Raster } from './decode-image.ts'
import { drawPadded } from './preprocess.ts'

test('a classifier that sees whole images gets them antialiased, in the middle of grey', () => {
  // Image.fromarray(picture).resize((4, 2), Image.BILINEAR) pasted at (0, 1) of a grey 4 × 4 picture.
  const picture = rasterOf([
    [0, 0, 0, 255, 0, 0, 0, 0],
    [0, 40, 80, 120, 160, 200, 240, 255],
    [255, 0, 255, 0, 255, 0, 255, 0],
    [10, 20, 30, 40, 50, 60, 70, 80],
  ])
  const pixelsChw = new Float32Array(3 * 4 * 4)
  drawPadded(picture, fitLetterbox(picture, { width: 4, height: 4 }), pixelsChw)
  const plane = Array.from({ length: 4 }, (_, y) =>
    Array.from(pixelsChw.subarray(y * 4, y * 4 + 4), (pixel) => Math.round(pixel * 255)),
  )
  expect(plane).toEqual([
    [114, 114, 114, 114],
    [33, 102, 109, 119],
    [74, 84, 104, 112],
    [114, 114, 114, 114],
  ])
  expect(pixelsChw.subarray(16, 32)).toEqual(pixelsChw.subarray(0, 16))
})

function rasterOf(rows: number[][]): Raster {
  const rgb = Uint8Array.from(rows.flat().flatMap((level) => [level, level, level]))
  return { width: rows[0]?.length ?? 0, height: rows.length, rgb }
}
