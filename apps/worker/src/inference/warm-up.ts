import { DEFAULT_PARAMS } from '@lupa/core/domain/params'
import sharp from 'sharp'
import type { LoadedModel } from './load-model.ts'
import { predictImage } from './predict-image.ts'

/** Takes a blank photograph the whole way, so that the first real one finds every stage warm. */
export async function warmUp(model: LoadedModel): Promise<void> {
  const blank = { width: 1280, height: 960, channels: 3, background: 'grey' } as const
  await predictImage(await sharp({ create: blank }).jpeg().toBuffer(), model, DEFAULT_PARAMS)
}
