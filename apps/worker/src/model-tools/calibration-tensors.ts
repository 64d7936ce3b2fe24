import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DEFAULT_PARAMS } from '@lupa/core/domain/params'
import type { Size } from '@lupa/core/domain/view-prediction'
import type { CalibrationTensorsInput } from '@lupa/core/models/model-reports'
import type { LoadedModel } from '../inference/load-model.ts'
import { predictImage } from '../inference/predict-image.ts'
import { toNpy } from './npy.ts'
import { openToolModel } from './open-tool-model.ts'
import { type OnProgress, runTool } from './run-tool.ts'
import { varyPicture } from './vary-picture.ts'

// Writes what the model is given of each picture into a folder: 0000.npy and so on, float32 [1, 3, height, width].

async function writeCalibrationTensors(
  { model, pictures, directory }: CalibrationTensorsInput,
  onProgress: OnProgress,
): Promise<{ written: number }> {
  const loaded = await openToolModel(model, 1)
  let written = 0
  for (const [index, { path, variant }] of pictures.entries()) {
    const { tensor, input } = await recordTensor(loaded, await varyPicture(await readFile(path), variant))
    const file = join(directory, `${String(index).padStart(4, '0')}.npy`)
    await writeFile(file, toNpy(tensor, [1, 3, input.height, input.width]))
    written += 1
    onProgress(written, pictures.length)
  }
  return { written }
}

/** What a prediction gives the session to run on, so that calibration sees just what serving does. */
async function recordTensor(model: LoadedModel, bytes: Uint8Array) {
  const { session } = model
  let recorded: { tensor: Float32Array; input: Size } | undefined
  const recording: LoadedModel['session'] = {
    ...session,
    run(input) {
      recorded = { tensor: session.pixelsFor(input).slice(), input }
      return session.run(input)
    },
  }
  await predictImage(bytes, { ...model, session: recording }, DEFAULT_PARAMS)
  if (!recorded) throw new Error(`${model.package.name} was not run`)
  return recorded
}

await runTool(writeCalibrationTensors)
