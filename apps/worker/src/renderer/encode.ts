import type { Raster } from '@lupa/core/renders/render-order'
import type { Sharp } from 'sharp'

/** Without metadata: none is kept unless asked for. */
export function encode(image: Sharp, format: Raster): Promise<Uint8Array> {
  switch (format) {
    case 'jpeg':
      return image.jpeg({ quality: 90 }).toBuffer()
    case 'webp':
      return image.webp({ quality: 85, effort: 2 }).toBuffer()
    case 'png':
      return image.png({ compressionLevel: 6 }).toBuffer()
  }
}
