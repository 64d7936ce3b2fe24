import sharp, { type Sharp } from 'sharp'
import { cmykTiff } from './hostile-images.ts'

/**
 * A picture as a JPEG of luminance, two differences of colour, and black, as Photoshop writes CMYK. sharp writes none:
 * its channels are given as if they were CMYK, and the mark that tells one from the other is changed.
 * https://www.itu.int/rec/T-REC-T.872-201206-I, 6.5.3
 */
export async function toYcckJpeg(picture: Sharp): Promise<Buffer> {
  const { data, info } = await picture.removeAlpha().raw().toBuffer({ resolveWithObject: true })
  const channels = Buffer.alloc((data.length / 3) * 4)
  for (let from = 0, to = 0; from < data.length; from += 3, to += 4) {
    // CMY is what RGB is not, and the file holds what those are not.
    const [r, g, b] = [...data.subarray(from, from + 3)].map((value) => 255 - value) as [
      number,
      number,
      number,
    ]
    channels[to] = clamp(0.299 * r + 0.587 * g + 0.114 * b)
    channels[to + 1] = clamp(128 - 0.168736 * r - 0.331264 * g + 0.5 * b)
    channels[to + 2] = clamp(128 + 0.5 * r - 0.418688 * g - 0.081312 * b)
    channels[to + 3] = 255
  }
  const written = channels.map((value) => 255 - value) as Buffer<ArrayBuffer>
  const jpeg = await sharp(cmykTiff(info.width, info.height, written))
    .pipelineColourspace('cmyk')
    .toColourspace('cmyk')
    .jpeg({ quality: 95 })
    .toBuffer()
  const transform = jpeg.indexOf('Adobe') + 11
  if (jpeg[transform] !== 0) throw new Error(`the transform of the CMYK JPEG is ${jpeg[transform]}, not 0`)
  jpeg[transform] = 2
  return jpeg
}

const clamp = (value: number) => Math.min(Math.max(Math.round(value), 0), 255)
