import type { PredictedJob } from '@lupa/core/formats/predicted-job'
import type { REDACTIONS } from '@lupa/core/renders/render-order'
import { ofPixels, type Pixels } from './open-image.ts'
import { type Region, regionsOf } from './regions.ts'

/**
 * What is left of a region: so many samples along its longer side, whatever its size. The rest is not
 * hidden but gone, so that no sharpening brings it back.
 */
const SAMPLES = 8

/** A box ends where the model thinks that its object ends: a little more is covered. */
const MARGIN = 0.05

/**
 * The picture with every detection made unknowable, in the whole box around it: an outline would leave its
 * shape, and what the model missed of it, to be seen.
 */
export async function redact(
  pixels: Pixels,
  job: PredictedJob,
  mode: (typeof REDACTIONS)[number],
): Promise<Pixels> {
  const covered = { ...pixels, data: Buffer.from(pixels.data) }
  // Of the picture as it was, each time: what lies in two boxes is covered twice.
  for (const { region } of regionsOf(job, pixels, MARGIN))
    paste(await cover(pixels, region, mode), region, covered)
  return covered
}

async function cover(pixels: Pixels, region: Region, mode: (typeof REDACTIONS)[number]): Promise<Buffer> {
  const { width, height } = region
  if (mode === 'fill') return Buffer.alloc(width * height * pixels.channels)
  const scale = Math.min(1, SAMPLES / Math.max(width, height))
  const samples = {
    width: Math.min(SAMPLES, Math.max(1, Math.round(width * scale))),
    height: Math.min(SAMPLES, Math.max(1, Math.round(height * scale))),
  }
  const few = await ofPixels(pixels)
    .extract(region)
    .resize({ ...samples, fit: 'fill', kernel: 'linear' })
    .raw()
    .toBuffer()
  const kernel = mode === 'pixelate' ? 'nearest' : 'cubic'
  return ofPixels({ ...pixels, ...samples, data: few })
    .resize({ width, height, fit: 'fill', kernel })
    .raw()
    .toBuffer()
}

function paste(patch: Buffer, { left, top, width, height }: Region, onto: Pixels): void {
  const row = width * onto.channels
  for (let y = 0; y < height; y++) {
    patch.copy(onto.data, ((top + y) * onto.width + left) * onto.channels, y * row, (y + 1) * row)
  }
}
