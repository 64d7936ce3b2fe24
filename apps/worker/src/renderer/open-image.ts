import type { Size } from '@lupa/core/domain/size'
import sharp, { type Sharp } from 'sharp'
import { unreadable } from '../inference/decode-image.ts'

/**
 * The image as a person sees it: turned as its EXIF data says, in sRGB, and on white where it is transparent,
 * since not every format can be. What it says of itself (place, camera, thumbnail) is left behind.
 */
export function openImage(bytes: Uint8Array, { maxPixels }: { maxPixels: number }): Sharp {
  return sharp(bytes, { failOn: 'error', limitInputPixels: maxPixels, autoOrient: true })
    .toColourspace('srgb')
    .flatten({ background: '#ffffff' })
}

export interface Pixels extends Size {
  data: Buffer
  channels: 3
}

/** Its pixels, no wider or higher than `maxSide`. */
export async function readPixels(
  bytes: Uint8Array,
  { maxPixels, maxSide }: { maxPixels: number; maxSide?: number },
): Promise<Pixels> {
  try {
    const image = openImage(bytes, { maxPixels })
    if (maxSide) image.resize({ width: maxSide, height: maxSide, fit: 'inside', withoutEnlargement: true })
    const { data, info } = await image.raw().toBuffer({ resolveWithObject: true })
    if (info.channels === 3) return { data, width: info.width, height: info.height, channels: 3 }
    const colour = sharp(data, { raw: info }).toColourspace('srgb').raw()
    const whole = await colour.toBuffer({ resolveWithObject: true })
    return { data: whole.data, width: info.width, height: info.height, channels: 3 }
  } catch (thrown) {
    throw unreadable(thrown, null, maxPixels)
  }
}

export function ofPixels({ data, width, height, channels }: Pixels): Sharp {
  return sharp(data, { raw: { width, height, channels } })
}
