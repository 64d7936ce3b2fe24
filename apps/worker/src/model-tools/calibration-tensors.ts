import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { CalibrationTensorsInput } from '@lupa/core/models/model-reports'
import { prepareImage } from '../inference/prepare-image.ts'
import { toNpy } from './npy.ts'
import { openToolModel } from './open-tool-model.ts'
import { type OnProgress, runTool } from './run-tool.ts'
import { varyPicture } from './vary-picture.ts'

// Writes what the model is given of each picture into a folder: 0000.npy and so on, float32 [batch, 3, height, width].

async function writeCalibrationTensors(
  { model, pictures, directory }: CalibrationTensorsInput,
  onProgress: OnProgress,
): Promise<{ written: number }> {
  const loaded = await openToolModel(model, 1)
  const { session } = loaded
  // A model of a fixed batch gets the same picture in every place.
  const batch = session.fixedBatch ?? 1
  let written = 0
  for (const [index, { path, variant }] of pictures.entries()) {
    const { input } = await prepareImage(await varyPicture(await readFile(path), variant), loaded)
    const pixels = session.pixelsFor(input)
    const tensor = new Float32Array(batch * pixels.length)
    for (let at = 0; at < batch; at++) tensor.set(pixels, at * pixels.length)
    const file = join(directory, `${String(index).padStart(4, '0')}.npy`)
    await writeFile(file, toNpy(tensor, [batch, 3, input.height, input.width]))
    written += 1
    onProgress(written, pictures.length)
  }
  return { written }
}

await runTool(writeCalibrationTensors)
