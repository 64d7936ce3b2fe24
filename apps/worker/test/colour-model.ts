import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createFolderModelCatalog } from '@lupa/core/models/folder-model-catalog'
import sharp from 'sharp'
import { colourClassifier } from '../../../packages/core/test/models/runnable-onnx.ts'

export const COLOURS = ['red', 'green', 'blue']

/** A small model `<directory>/<name>/1` that tells colours apart; another side makes it another file. */
export async function writeColourModel(
  directory: string,
  name: string,
  { side = 32, batch = 1 }: { side?: number; batch?: number | string } = {},
) {
  const folder = join(directory, name, '1')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'model.onnx'), colourClassifier({ shape: [batch, 3, side, side] }))
  const manifest = { task: 'classify', names: COLOURS, imgsz: side }
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify(manifest))
  const { version, task, digest } = await createFolderModelCatalog({ directory }).resolve(name)
  return { name, version, task, digest }
}

/** A picture of so many pixels each way, which take a while to decode where there are many. */
export const pictureOf = (background: string, side = 40): Promise<Buffer> =>
  sharp({ create: { width: side, height: side, channels: 3, background } })
    .png({ compressionLevel: 1 })
    .toBuffer()
