import { readFile, realpath } from 'node:fs/promises'
import { basename, dirname, sep } from 'node:path'
import type { Box } from '@lupa/core/domain/box'
import { LupaError } from '@lupa/core/domain/errors'
import { DEFAULT_PARAMS } from '@lupa/core/domain/params'
import type { PredictionItem, PredictionView } from '@lupa/core/domain/prediction'
import type { SelfTestSample } from '@lupa/core/models/model-package'
import type { LoadedModel } from './load-model.ts'
import { predictImage } from './predict-image.ts'

/**
 * Asks a model what it must know. Resolves to what is wrong with its answer, in a sentence, or to null.
 * Weights that were damaged in memory raise no error: they only make the answers wrong.
 */
export type SelfTest = () => Promise<string | null>

/** Takes the test at once, in full; the one that is returned takes one image at a time. */
export async function prepareSelfTest(
  model: LoadedModel,
): Promise<{ fault: string | null; selfTest: SelfTest }> {
  const samples = await Promise.all((model.package.selfTest ?? []).map((sample) => readSample(sample, model)))
  const tests =
    samples.length > 0
      ? samples.map(
          ({ sample, bytes }) =>
            () =>
              compareWithSample(model, sample, bytes),
        )
      : [await rememberPattern(model)]
  let turn = 0
  return {
    fault: await firstFault(tests),
    selfTest: async () => (await tests[turn++ % tests.length]?.()) ?? null,
  }
}

async function firstFault(tests: readonly SelfTest[]): Promise<string | null> {
  for (const test of tests) {
    const fault = await test()
    if (fault !== null) return fault
  }
  return null
}

async function readSample(sample: SelfTestSample, model: LoadedModel) {
  // Links are followed before it is asked whether the picture is the model's own.
  const [picture, modelFolder] = await Promise.all([
    realpath(sample.path).catch(() => undefined),
    realpath(dirname(dirname(model.package.path))),
  ])
  if (!picture?.startsWith(modelFolder + sep)) {
    const detail = `${nameOf(model)} cannot be loaded: ${basename(sample.path)}, which "self_test" in its manifest names, is not in the model's folder.`
    throw new LupaError('model_unavailable', detail)
  }
  return { sample, bytes: await readFile(picture) }
}

/** Precisions, processors and decoders differ by less. */
const CONFIDENCE_TOLERANCE = 0.05
const SAME_BOX_IOU = 0.9

async function compareWithSample(
  model: LoadedModel,
  sample: SelfTestSample,
  bytes: Uint8Array,
): Promise<string | null> {
  const { view } = await predictImage(bytes, model, DEFAULT_PARAMS)
  if (agrees(view, sample)) return null
  const picture = `its own picture ${basename(sample.path)}`
  return `${nameOf(model)} is wrong about ${picture}: it must say ${say(sample)}, and says ${say({ ...view, box: firstBox(view) })}.`
}

function agrees(view: PredictionView, { prediction, confidence, box }: SelfTestSample): boolean {
  if (view.prediction !== prediction) return false
  if (confidence !== null && !isWithin(view.confidence, confidence)) return false
  if (!box) return true
  return view.predictions.some(
    (item) => item.name === prediction && overlap(boxOf(item), box) >= SAME_BOX_IOU,
  )
}

/** False also for what is no number. */
const isWithin = (actual: number | null, expected: number) =>
  Math.abs((actual ?? Number.NaN) - expected) <= CONFIDENCE_TOLERANCE

const firstBox = ({ predictions: [item] }: PredictionView) => item && boxOf(item)

/** Of an oriented box the upright one around it. */
function boxOf(item: PredictionItem): Box | undefined {
  if (!('box' in item)) return undefined
  const { box } = item
  if (!('x3' in box)) return box
  const xs = [box.x1, box.x2, box.x3, box.x4]
  const ys = [box.y1, box.y2, box.y3, box.y4]
  return { x1: Math.min(...xs), y1: Math.min(...ys), x2: Math.max(...xs), y2: Math.max(...ys) }
}

/** Intersection over union. */
function overlap(a: Box | undefined, b: Box): number {
  if (!a) return 0
  const width = Math.max(0, Math.min(a.x2, b.x2) - Math.max(a.x1, b.x1))
  const height = Math.max(0, Math.min(a.y2, b.y2) - Math.max(a.y1, b.y1))
  const shared = width * height
  return shared / (area(a) + area(b) - shared)
}

const area = ({ x1, y1, x2, y2 }: Box) => (x2 - x1) * (y2 - y1)

function say({ prediction, confidence, box }: Omit<SelfTestSample, 'path'>): string {
  const where = box ? ` at ${[box.x1, box.y1, box.x2, box.y2].map(Math.round).join(', ')}` : ''
  return `${prediction ?? 'nothing'}${confidence === null ? '' : ` (${confidence.toFixed(3)})`}${where}`
}

/** The same session, threads and input give the same numbers; this is far below what any answer shows. */
const RELATIVE_TOLERANCE = 1e-3
const ABSOLUTE_TOLERANCE = 1e-6

/** For a model without pictures of its own: what it says of a pattern must stay what it said first. */
async function rememberPattern(model: LoadedModel): Promise<SelfTest> {
  const first = await runPattern(model)
  return async () => {
    const now = await runPattern(model)
    const differing = first.findIndex((value, at) => !isClose(now[at] ?? Number.NaN, value))
    if (differing < 0) return null
    return `${nameOf(model)} says of the same picture what it did not say before: ${now[differing]} where it said ${first[differing]}.`
  }
}

const isClose = (actual: number, expected: number) =>
  Object.is(actual, expected) ||
  Math.abs(actual - expected) <= ABSOLUTE_TOLERANCE + RELATIVE_TOLERANCE * Math.abs(expected)

/** Every number that the model answers. */
async function runPattern({ session, package: { imgsz } }: LoadedModel): Promise<Float32Array> {
  const input = session.fixedSize ?? imgsz
  drawPattern(session.pixelsFor(input))
  const outputs = await session.run(input)
  const numbers = new Float32Array(outputs.reduce((length, { data }) => length + data.length, 0))
  let at = 0
  for (const { data } of outputs) {
    numbers.set(data, at)
    at += data.length
  }
  return numbers
}

/** Noise between 0 and 1, the same each time: Marsaglia's xorshift, https://doi.org/10.18637/jss.v008.i14 */
function drawPattern(pixels: Float32Array): void {
  let state = 0x9e3779b9
  for (let at = 0; at < pixels.length; at++) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    pixels[at] = (state >>> 0) / 0xffffffff
  }
}

const nameOf = ({ package: { name, version } }: LoadedModel) => `Model ${name}@${version}`
