import { LupaError } from '@lupa/core/domain/errors'
import type { Params } from '@lupa/core/domain/params'
import type { Size } from '@lupa/core/domain/size'
import { viewPrediction } from '@lupa/core/domain/view-prediction'
import { freeArray } from '@lupa/core/runtime/free-array'
import type { ExpectedImage } from './decode-image.ts'
import { type ImageSource, readImageSource } from './image-source.ts'
import type { LoadedModel } from './load-model.ts'
import type { OnnxSession, Output } from './onnx-session.ts'
import type { PredictOutcome, PredictStep } from './predict-outcome.ts'
import { type PreparedImage, prepareImage } from './prepare-image.ts'

type Result = PromiseSettledResult<PredictOutcome>

/**
 * Several images, from their bytes to what the model says of each: those that come to the same size go
 * through it together. One that cannot be decoded fails alone.
 */
export async function predictImages(
  items: readonly { image: ImageSource; params: Params; expected?: ExpectedImage | undefined }[],
  model: LoadedModel,
): Promise<Result[]> {
  const results: Result[] = []
  const bySize = createDrawing(model.session)
  for (const [at, { image, params, expected }] of items.entries()) {
    const startMs = performance.now()
    try {
      const bytes = readImageSource(image)
      const prepared = await prepareImage(bytes, { ...model, session: bySize.session }, expected)
      if (bytes !== image) freeArray(bytes)
      bySize.keep({ ...prepared, at, params, startMs, preparedAtMs: performance.now() })
    } catch (reason) {
      results[at] = { status: 'rejected', reason }
    }
  }
  for (const group of bySize.groups()) {
    const answers = await runGroup(group, model.session)
    group.forEach(({ at }, place) => (results[at] = answers[place] as Result))
  }
  return results
}

interface DrawnImage extends PreparedImage {
  /** Among the images that were given. */
  at: number
  params: Params
  startMs: number
  preparedAtMs: number
}

/** A drawn image, and its pixels: float32 [3, height, width]. */
type Waiting = DrawnImage & { pixels: Float32Array }

const keyOf = ({ width, height }: Size) => `${width}×${height}`

/** Images by their size. Those of the first size are drawn where the model will read them. */
function createDrawing(session: OnnxSession) {
  const groups = new Map<string, Waiting[]>()
  let pixels: Float32Array = new Float32Array()

  function pixelsFor(input: Size): Float32Array {
    const [firstSize = keyOf(input)] = groups.keys()
    const isFirst = keyOf(input) === firstSize
    const place = groups.get(firstSize)?.length ?? 0
    pixels = isFirst ? session.pixelsFor(input, place) : new Float32Array(3 * input.width * input.height)
    return pixels
  }

  return {
    session: { ...session, pixelsFor },
    keep(drawn: DrawnImage): void {
      const key = keyOf(drawn.input)
      groups.set(key, [...(groups.get(key) ?? []), { ...drawn, pixels }])
    },
    groups: () => groups.values(),
  }
}

/** Where the model cannot be run on all of them it is run on each, so that one does not fail for another. */
async function runGroup(group: readonly Waiting[], session: OnnxSession): Promise<Result[]> {
  try {
    return await runTogether(group, session)
  } catch (thrown) {
    if (group.length === 1) return [{ status: 'rejected', reason: predictionFailed(thrown) }]
    const results: Result[] = []
    for (const image of group) results.push(...(await runGroup([image], session)))
    return results
  }
}

async function runTogether(group: readonly Waiting[], session: OnnxSession): Promise<Result[]> {
  const input = group[0]?.input ?? { width: 0, height: 0 }
  for (const [at, { pixels }] of group.entries()) {
    const place = session.pixelsFor(input, at)
    const isThere = place.buffer === pixels.buffer && place.byteOffset === pixels.byteOffset
    if (!isThere) place.set(pixels)
  }
  const startMs = performance.now()
  const outputs = await session.runSeveral(input, group.length)
  const endMs = performance.now()
  return group.map((image, at) => {
    try {
      const run = { startMs, endMs, batch: group.length }
      return { status: 'fulfilled', value: toOutcome(image, outputs[at] ?? [], run) }
    } catch (reason) {
      return { status: 'rejected', reason }
    }
  })
}

function toOutcome(
  { image, params, startMs, decodedAtMs, preparedAtMs, decode }: Waiting,
  outputs: Output[],
  run: { startMs: number; endMs: number; batch: number },
): PredictOutcome {
  const decodeStartMs = performance.now()
  const stored = decode(outputs)
  const view = viewPrediction(stored, params, image)
  const endMs = performance.now()
  return {
    stored,
    view,
    image,
    timings: {
      preprocess_ms: toTenths(preparedAtMs - startMs),
      inference_ms: toTenths(run.endMs - run.startMs),
      postprocess_ms: toTenths(endMs - decodeStartMs),
      batch_size: run.batch,
    },
    steps: [
      toStep('decode', startMs, decodedAtMs),
      toStep('preprocess', decodedAtMs, preparedAtMs),
      toStep('inference', run.startMs, run.endMs),
      toStep('postprocess', decodeStartMs, endMs),
    ],
  }
}

function predictionFailed(thrown: unknown): LupaError {
  const reason = thrown instanceof Error ? thrown.message : String(thrown)
  return new LupaError('prediction_failed', `The model failed on this image: ${reason}`, { cause: thrown })
}

function toStep(step: PredictStep['step'], startMs: number, endMs: number): PredictStep {
  return { step, startMs: performance.timeOrigin + startMs, endMs: performance.timeOrigin + endMs }
}

const toTenths = (ms: number) => Math.round(ms * 10) / 10
