import type { FingerprintPicturesInput, PictureFingerprint } from '@lupa/core/models/model-reports'
import sharp from 'sharp'
import { type OnProgress, runTool } from './run-tool.ts'

// Tells which pictures look alike: one in two formats, or turned by EXIF, has nearly the same fingerprint.

async function fingerprintPictures(
  { pictures }: FingerprintPicturesInput,
  onProgress: OnProgress,
): Promise<PictureFingerprint[]> {
  const found: PictureFingerprint[] = []
  for (const path of pictures) {
    found.push({ path, fingerprint: await fingerprint(path).catch(() => null) })
    onProgress(found.length, pictures.length)
  }
  return found
}

const WIDTH = 9
const HEIGHT = 8

/** Per pixel of a tiny grey copy, whether the next one to the right is brighter ("dHash"). */
async function fingerprint(path: string): Promise<string> {
  const grey = await sharp(path, { autoOrient: true })
    .flatten()
    .greyscale()
    .resize({ width: WIDTH, height: HEIGHT, fit: 'fill' })
    .raw()
    .toBuffer()
  let bits = 0n
  for (let y = 0; y < HEIGHT; y++) {
    for (let x = 1; x < WIDTH; x++) {
      const isBrighter = (grey[y * WIDTH + x] as number) > (grey[y * WIDTH + x - 1] as number)
      bits = (bits << 1n) | BigInt(isBrighter)
    }
  }
  return bits.toString(16).padStart(16, '0')
}

await runTool(fingerprintPictures)
