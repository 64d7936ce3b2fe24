import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { DEFAULT_PARAMS, type Params } from '@lupa/core/domain/params'
import { CANDIDATE_FLOOR } from '@lupa/core/domain/prediction'
import type {
  CompareModelsInput,
  ModelComparison,
  PictureChoice,
  SpeedComparison,
} from '@lupa/core/models/model-reports'
import type { LoadedModel } from '../inference/load-model.ts'
import { predictImage } from '../inference/predict-image.ts'
import { comparePredictions, type PredictionPair } from './compare-predictions.ts'
import { median } from './median.ts'
import { openToolModel } from './open-tool-model.ts'
import { type OnProgress, runTool } from './run-tool.ts'
import { varyPicture } from './vary-picture.ts'

// Compares a quantized model with the float one that it was made of: what they say, and how fast.

/** Everything that is stored of a prediction, as precision at every confidence asks for it. */
const PARAMS: Params = { ...DEFAULT_PARAMS, conf: CANDIDATE_FLOOR }

async function compareModels(
  { float, quantized, pictures, rounds, threads }: CompareModelsInput,
  onProgress: OnProgress,
): Promise<ModelComparison> {
  const models = {
    float: await openToolModel(float, threads),
    quantized: await openToolModel(quantized, threads),
  }
  const pairs: PredictionPair[] = []
  for (const choice of pictures) {
    const bytes = await varyPicture(await readFile(choice.path), choice.variant)
    pairs.push({
      picture: titleOf(choice),
      float: await itemsOf(bytes, models.float),
      quantized: await itemsOf(bytes, models.quantized),
    })
    onProgress(pairs.length, pictures.length + rounds)
  }
  const { task } = models.float.package
  const [first] = pictures
  if (!first) throw new Error('There is no picture to compare the models on.')
  const speed = await compareSpeed(models, await readFile(first.path), rounds, (round) =>
    onProgress(pictures.length + round, pictures.length + rounds),
  )
  const variants = pictures.filter(({ variant }) => variant > 0).length
  const comparison: ModelComparison = {
    task,
    pictures: pictures.length - variants,
    variants,
    ...comparePredictions(task, pairs),
    speed: { ...speed, threads },
  }
  return comparison
}

async function itemsOf(bytes: Uint8Array, model: LoadedModel) {
  return (await predictImage(bytes, model, PARAMS)).view.predictions
}

const titleOf = ({ path, variant }: PictureChoice) =>
  variant === 0 ? basename(path) : `${basename(path)}, variant ${variant}`

/** Each round runs both, in turns who is first, so that a busy machine slows both alike. */
async function compareSpeed(
  { float, quantized }: Record<'float' | 'quantized', LoadedModel>,
  bytes: Uint8Array,
  rounds: number,
  onRound: (round: number) => void,
): Promise<Omit<SpeedComparison, 'threads'>> {
  const times = { float: noTimes(), quantized: noTimes() }
  for (let round = 1; round <= rounds; round++) {
    const order = round % 2 === 0 ? (['float', 'quantized'] as const) : (['quantized', 'float'] as const)
    for (const which of order) {
      const model = which === 'float' ? float : quantized
      const startMs = performance.now()
      const { timings } = await predictImage(bytes, model, DEFAULT_PARAMS)
      times[which].whole.push(performance.now() - startMs)
      times[which].model.push(timings.inference_ms)
    }
    onRound(round)
  }
  const floatMs = median(times.float.model)
  const quantizedMs = median(times.quantized.model)
  const floatWholeMs = median(times.float.whole)
  const quantizedWholeMs = median(times.quantized.whole)
  return {
    ratio: toHundredths(floatMs / quantizedMs),
    whole_ratio: toHundredths(floatWholeMs / quantizedWholeMs),
    float_ms: toHundredths(floatMs),
    quantized_ms: toHundredths(quantizedMs),
    float_whole_ms: toHundredths(floatWholeMs),
    quantized_whole_ms: toHundredths(quantizedWholeMs),
    rounds,
  }
}

const noTimes = () => ({ model: [] as number[], whole: [] as number[] })
const toHundredths = (value: number) => Math.round(value * 100) / 100

await runTool(compareModels)
