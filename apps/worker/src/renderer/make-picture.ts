import type { PredictedJob } from '@lupa/core/formats/predicted-job'
import type { Picture } from '@lupa/core/renders/render-order'
import { annotate } from './annotate.ts'
import { cutOut } from './cut-out.ts'
import { encode } from './encode.ts'
import { ofPixels, readPixels } from './open-image.ts'
import { redact } from './redact.ts'

/** What was asked for, as the bytes of a file. */
export async function makePicture(
  bytes: Uint8Array,
  job: PredictedJob,
  picture: Picture,
  { maxImagePixels: maxPixels }: { maxImagePixels: number },
): Promise<Uint8Array> {
  switch (picture.kind) {
    case 'annotated': {
      const pixels = await readPixels(bytes, { maxPixels, maxSide: picture.maxSide })
      return encode(annotate(pixels, job, picture), picture.format)
    }
    case 'plain': {
      const pixels = await readPixels(bytes, { maxPixels, maxSide: picture.maxSide })
      return encode(ofPixels(pixels), picture.format)
    }
    case 'redacted': {
      const pixels = await readPixels(bytes, { maxPixels, maxSide: picture.maxSide })
      return encode(ofPixels(await redact(pixels, job, picture.mode)), picture.format)
    }
    case 'crops':
      return cutOut(await readPixels(bytes, { maxPixels }), job)
  }
}
