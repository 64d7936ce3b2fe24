import { createRequire } from 'node:module'
import type { PredictedJob } from '@lupa/core/formats/predicted-job'
import { toSvg } from '@lupa/core/formats/svg'
import type { Picture } from '@lupa/core/renders/render-order'
import { Resvg } from '@resvg/resvg-js'
import type { Sharp } from 'sharp'
import { ofPixels, type Pixels } from './open-image.ts'

/** Our own: machines and containers may have no font at all. */
const FONT = createRequire(import.meta.url).resolve(
  '@expo-google-fonts/inter/600SemiBold/Inter_600SemiBold.ttf',
)

/** Latin, Greek and Cyrillic. */
const OWN_LETTERS = /^[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Common}]*$/u

/** The prediction drawn on the image, by the same hand as the SVG. */
export function annotate(
  pixels: Pixels,
  job: PredictedJob,
  { palette, labels, lineWidth }: Extract<Picture, { kind: 'annotated' }>,
): Sharp {
  const svg = toSvg(job, { palette, labels, lineWidth: lineWidth ?? undefined })
  const drawing = new Resvg(svg, {
    fitTo: { mode: 'width', value: pixels.width },
    font: {
      fontFiles: [FONT],
      // Inter has no letters of Chinese, Arabic and others; the machine may.
      loadSystemFonts: job.predictions.some(({ name }) => !OWN_LETTERS.test(name)),
      defaultFontFamily: 'Inter',
      sansSerifFamily: 'Inter',
    },
    logLevel: 'off',
  }).render()
  const { width, height } = drawing
  // Rounded, the drawing may be a row higher than the image.
  const input = ofDrawing(drawing.pixels, width, Math.min(height, pixels.height))
  return ofPixels(pixels).composite([
    {
      input,
      raw: { width, height: Math.min(height, pixels.height), channels: 4, premultiplied: true },
      left: 0,
      top: 0,
    },
  ])
}

const ofDrawing = (rgba: Uint8Array, width: number, height: number) =>
  Buffer.from(rgba.buffer, rgba.byteOffset, width * height * 4)
