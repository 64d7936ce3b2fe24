import sharp from 'sharp'
import { createRandom } from './random.ts'

/** Where pictures are few, variants of them take the place of more: each number gives the same one always. */
export async function varyPicture(bytes: Uint8Array, variant: number): Promise<Uint8Array> {
  if (variant === 0) return bytes
  const random = createRandom(variant)
  const between = (from: number, to: number) => from + (to - from) * random()
  const { autoOrient } = await sharp(bytes, { autoOrient: true }).metadata()
  const share = between(0.5, 0.95)
  const width = Math.max(1, Math.round(autoOrient.width * share))
  const height = Math.max(1, Math.round(autoOrient.height * share))
  const left = Math.round((autoOrient.width - width) * random())
  const top = Math.round((autoOrient.height - height) * random())
  return sharp(bytes, { autoOrient: true })
    .removeAlpha()
    .extract({ left, top, width, height })
    .flop(random() < 0.5)
    .linear(between(0.65, 1.35))
    .toColourspace('srgb')
    .jpeg({ quality: 92 })
    .toBuffer()
}
