import { LupaError } from '@lupa/core/domain/errors'
import { fitLetterbox } from '@lupa/core/domain/letterbox'
import { DEFAULT_PARAMS, type Params } from '@lupa/core/domain/params'
import type { StoredPrediction } from '@lupa/core/domain/prediction'
import type { Size } from '@lupa/core/domain/size'
import { viewPrediction } from '@lupa/core/domain/view-prediction'
import sharp from 'sharp'
import { beforeAll, expect, test } from 'vitest'
import { decodeBoxes } from '../src/inference/decode/boxes.ts'
import { decodeClassify } from '../src/inference/decode/classify.ts'
import { restrictSharp } from '../src/inference/decode-image.ts'
import type { OnnxSession, Output } from '../src/inference/onnx-session.ts'
import type { BoxLayout, Layout } from '../src/inference/output-layout.ts'
import { centreCropImage, letterboxImage, padImage } from '../src/inference/preprocess.ts'

/** `LUPA_FUZZ=full npm test -- fuzz` runs all of them; `LUPA_FUZZ_SEED` others. */
const isFull = process.env.LUPA_FUZZ === 'full'
const SEED = Number(process.env.LUPA_FUZZ_SEED ?? 20_261_126)
const TENSORS = isFull ? 10_000 : 1000
const PICTURES = isFull ? 2000 : 200

/** Numbers from 0 up to 1, the same for the same seed: https://github.com/bryc/code/blob/master/jshash/PRNGs.md#mulberry32 */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

type Random = () => number
const upTo = (random: Random, end: number) => Math.floor(random() * end)
const oneOf = <T>(random: Random, all: readonly T[]): T => all[upTo(random, all.length)] as T

const EXTREMES = [
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  3.4e38,
  -3.4e38,
  1e-45,
  -0,
  -1,
  1e9,
]

/** Mostly what a model would say, now and then what none should. */
function tensorOf(random: Random, shape: number[]): Output {
  const length = shape.reduce((a, b) => a * b, 1)
  const scale = oneOf(random, [1, 1, 64, 1e4, 1e30])
  const oddness = oneOf(random, [0, 0.01, 0.3])
  const data = Float32Array.from({ length }, () =>
    random() < oddness ? oneOf(random, EXTREMES) : (random() - 0.2) * (random() < 0.5 ? 1 : scale),
  )
  return { data, shape }
}

const NAMES = ['a', 'b', 'c']
const INPUT = { width: 64, height: 32 }

/** A layout of any kind, and outputs of its shapes. */
function casesOf(random: Random): { layout: Layout; outputs: Output[] } {
  const task = oneOf(random, ['classify', 'detect', 'segment', 'pose', 'obb'] as const)
  if (task === 'classify') {
    return { layout: { task, at: 0 }, outputs: [tensorOf(random, [1, NAMES.length])] }
  }
  const keypoints = { count: 1 + upTo(random, 4), numbers: oneOf(random, [2, 3] as const) }
  const extras = {
    detect: 0,
    segment: 1 + upTo(random, 6),
    pose: keypoints.count * keypoints.numbers,
    obb: 1,
  }[task]
  const form = oneOf(random, ['anchors', 'rows'] as const)
  const boxes: BoxLayout = { at: 0, form, classes: NAMES.length, extras }
  const count = upTo(random, 60)
  const shape = form === 'anchors' ? [1, 4 + NAMES.length + extras, count] : [1, count, 6 + extras]
  const output = tensorOf(random, shape)
  if (form === 'rows') {
    for (let row = 0; row < count; row++) {
      if (random() < 0.7) output.data[row * (6 + extras) + 5] = upTo(random, NAMES.length)
    }
  }
  if (task === 'segment') {
    return {
      layout: { task, ...boxes, prototypesAt: 1 },
      outputs: [output, tensorOf(random, [1, extras, 8, 16])],
    }
  }
  if (task === 'pose') return { layout: { task, ...boxes, keypoints }, outputs: [output] }
  return { layout: { task, ...boxes }, outputs: [output] }
}

function paramsOf(random: Random): Params {
  return {
    conf: oneOf(random, [0.01, 0.25, 1]),
    iou: random(),
    max_det: 1 + upTo(random, 300),
    classes: oneOf(random, [null, [0], [0, 7]]),
    masks: oneOf(random, ['polygon', 'rle'] as const),
  }
}

test(`${TENSORS} tensors of anything are decoded, and no number in an answer is none`, () => {
  const random = randomFrom(SEED)
  let shown = 0
  for (let run = 0; run < TENSORS; run++) {
    const { layout, outputs } = casesOf(random)
    const image: Size = { width: 1 + upTo(random, 4000), height: 1 + upTo(random, 3000) }
    const stored: StoredPrediction =
      layout.task === 'classify'
        ? decodeClassify(outputs, { layout, names: NAMES })
        : decodeBoxes(outputs, layout, { names: NAMES, letterbox: fitLetterbox(image, INPUT) })
    for (const params of [
      DEFAULT_PARAMS,
      { ...DEFAULT_PARAMS, conf: 0.01, masks: 'rle' as const },
      paramsOf(random),
    ]) {
      const view = viewPrediction(stored, params, image)
      shown += view.predictions.length
      const wrong = notNumbers(view)
      if (wrong.length > 0) expect.fail(`seed ${SEED}, run ${run}, ${layout.task}: ${wrong.join(', ')}`)
    }
  }
  // Not by showing nothing.
  expect(shown).toBeGreaterThan(TENSORS)
})

/** Where a value has numbers that are none, or that JSON cannot say. */
function notNumbers(value: unknown, path = ''): string[] {
  if (typeof value === 'number') return Number.isFinite(value) ? [] : [`${path} is ${value}`]
  if (typeof value !== 'object' || value === null) return value === undefined ? [`${path} is undefined`] : []
  return Object.entries(value).flatMap(([key, part]) => notNumbers(part, `${path}/${key}`))
}

beforeAll(restrictSharp)

/** Pictures of every format that is taken, small, one of them turned by its EXIF orientation. */
async function seedPictures(): Promise<Buffer[]> {
  const pixels = Buffer.from(Uint8Array.from({ length: 60 * 44 * 3 }, (_, at) => (at * 7919) >> 3))
  const picture = () => sharp(pixels, { raw: { width: 60, height: 44, channels: 3 } })
  return Promise.all([
    picture().jpeg().toBuffer(),
    picture()
      .jpeg({ progressive: true })
      .withExif({ IFD0: { Orientation: '6' } })
      .toBuffer(),
    picture().toColourspace('cmyk').jpeg().toBuffer(),
    picture().png().toBuffer(),
    picture().ensureAlpha(0.4).png({ palette: true }).toBuffer(),
    picture().toColourspace('rgb16').png().toBuffer(),
    picture().webp().toBuffer(),
    picture().webp({ lossless: true }).toBuffer(),
    picture().avif({ effort: 0 }).toBuffer(),
    picture().tiff({ compression: 'lzw' }).toBuffer(),
    picture().gif().toBuffer(),
  ])
}

/** Bytes changed, cut out, doubled, or put in from another picture; its beginning more often than the rest. */
function mutate(random: Random, bytes: Buffer, others: readonly Buffer[]): Buffer {
  let mutated = Buffer.from(bytes)
  for (let change = 1 + upTo(random, 6); change > 0; change--) {
    const at = upTo(random, random() < 0.6 ? Math.min(mutated.length, 200) : mutated.length)
    const length = 1 + upTo(random, 40)
    const rest = mutated.subarray(at + length)
    switch (upTo(random, 6)) {
      case 0:
        mutated[at] = upTo(random, 256)
        break
      case 1:
        mutated[at] = (mutated[at] as number) ^ (1 << upTo(random, 8))
        break
      case 2:
        mutated = Buffer.concat([mutated.subarray(0, at), rest])
        break
      case 3:
        mutated = Buffer.concat([mutated.subarray(0, at + length), mutated.subarray(at)])
        break
      case 4:
        mutated = Buffer.concat([
          mutated.subarray(0, at),
          oneOf(random, others).subarray(at, at + length),
          rest,
        ])
        break
      default:
        mutated.fill(oneOf(random, [0, 0xff]), at, Math.min(mutated.length, at + 1 + upTo(random, 8)))
    }
    if (mutated.length === 0) return mutated
  }
  return random() < 0.1 ? mutated.subarray(0, upTo(random, mutated.length)) : mutated
}

test(
  `${PICTURES} damaged pictures are prepared or refused, and never with a pixel that is none`,
  async () => {
    const random = randomFrom(SEED)
    const seeds = await seedPictures()
    const imgsz = { width: 64, height: 32 }
    const outcomes = { prepared: 0, refused: 0 }
    for (let run = 0; run < PICTURES; run++) {
      const bytes = mutate(random, oneOf(random, seeds), seeds)
      const prepare = oneOf(random, [letterboxImage, centreCropImage, padImage])
      const session = blankSession(oneOf(random, [imgsz, null]))
      try {
        const { image, fit } = await prepare(bytes, session, {
          imgsz,
          stride: 32,
          maxImagePixels: 50_000_000,
        })
        const pixels = session.pixelsFor(fit.input)
        if (!pixels.every((pixel) => pixel >= 0 && pixel <= 1))
          expect.fail(`seed ${SEED}, run ${run}: a pixel is none`)
        expect(image.width * image.height).toBeGreaterThan(0)
        outcomes.prepared++
      } catch (thrown) {
        if (!(thrown instanceof LupaError)) throw thrown
        expect(['image_unreadable', 'image_too_many_pixels']).toContain(thrown.code)
        outcomes.refused++
      }
    }
    expect(outcomes.prepared).toBeGreaterThan(PICTURES / 20)
    expect(outcomes.refused).toBeGreaterThan(PICTURES / 20)
  },
  isFull ? 300_000 : 60_000,
)

function blankSession(fixedSize: Size | null): OnnxSession {
  const tensors = new Map<string, Float32Array>()
  return {
    fixedSize,
    fixedBatch: 1,
    outputShapes: [],
    pixelsFor(input) {
      const key = `${input.width} ${input.height}`
      const pixels = tensors.get(key) ?? new Float32Array(3 * input.width * input.height).fill(Number.NaN)
      tensors.set(key, pixels)
      return pixels
    },
    run: async () => [],
    runSeveral: async () => [],
    release: async () => {},
  }
}
