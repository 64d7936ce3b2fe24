import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DEFAULT_PARAMS } from '@lupa/core/domain/params'
import type { ModelPackage } from '@lupa/core/models/model-package'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { colourClassifier, constantModel } from '../../../packages/core/test/models/runnable-onnx.ts'
import { loadModel, readAs } from '../src/inference/load-model.ts'
import { predictImage } from '../src/inference/predict-image.ts'

let directory: string
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'lupa-test-load-'))
})
afterAll(() => rmSync(directory, { recursive: true }))

const SIDE = 32
const COLOURS = ['red', 'green', 'blue']
/** Two classes and six anchors, or six rows: [1, 6, 6]. */
const EITHER_SHAPE = constantModel({ shape: [1, 3, SIDE, SIDE] }, [
  { shape: [1, 6, 6], data: new Float32Array(36) },
])
const picture = (background: string) =>
  sharp({ create: { width: 40, height: 30, channels: 3, background } })
    .png()
    .toBuffer()

describe('a model of', () => {
  test.each([
    ['one picture', [1, 3, SIDE, SIDE], 1],
    ['any number of pictures', ['batch', 3, SIDE, SIDE], null],
    ['four pictures, of which three stay blank', [4, 3, SIDE, SIDE], 4],
    ['pictures of any size', [1, 3, 'height', 'width'], 1],
  ])('%s sees the one that is there', async (_of, shape, fixedBatch) => {
    const model = await load(colourClassifier({ shape }), {})
    expect(model.session.fixedBatch).toBe(fixedBatch)
    for (const colour of ['blue', 'red']) {
      const { view } = await predictImage(await picture(colour), model, DEFAULT_PARAMS)
      expect(view).toMatchObject({ prediction: colour, confidence: 1 })
      expect(view.predictions).toHaveLength(3)
    }
    await model.session.release()
  })
})

test('a classifier that sees whole images sees grey around them', async () => {
  const model = await load(colourClassifier({ shape: [1, 3, SIDE, SIDE] }), { fit: 'pad' })
  const raw = await model.session.run({ width: SIDE, height: SIDE })
  expect(raw[0]?.shape).toEqual([1, 3])
  await predictImage(await picture('red'), model, DEFAULT_PARAMS)
  const [red, green] = (await model.session.run({ width: SIDE, height: SIDE }))[0]?.data ?? []
  // 24 rows of red, 8 of grey.
  expect(red).toBeCloseTo((24 + (8 * 114) / 255) / 32, 4)
  expect(green).toBeCloseTo((8 * 114) / 255 / 32, 4)
  await model.session.release()
})

describe('a file is refused, with what it is and what to do, when it', () => {
  const input = { shape: [1, 3, SIDE, SIDE] }
  const zeros = (...shape: number[]) => ({
    shape,
    data: new Float32Array(shape.reduce((a, b) => a * b, 1)),
  })

  test.each<[string, Buffer, Partial<ModelPackage>, RegExp]>([
    [
      'takes half floats',
      colourClassifier({ type: 'float16', shape: input.shape }),
      {},
      /it takes float16, and float32 is needed: export it with half=False/,
    ],
    [
      'takes bytes',
      colourClassifier({ type: 'uint8', shape: input.shape }),
      {},
      /it takes uint8, and float32 is needed: export it with Ultralytics/,
    ],
    [
      'takes grey pictures',
      colourClassifier({ shape: [1, 1, SIDE, SIDE] }),
      {},
      /it takes \[1, 1, 32, 32\], and \[1, 3, height, width\] is needed/,
    ],
    [
      'takes another size than it says',
      colourClassifier({ shape: [1, 3, 64, 32] }),
      {},
      /it takes 32×64 pixels, but its package says imgsz \[32, 32\]/,
    ],
    [
      'knows other classes',
      colourClassifier(input),
      { names: ['a', 'b'] },
      /it answers \[1, 3\], and \[1, 2\] is needed for classify with 2 classes; export it with Ultralytics/,
    ],
    [
      'is no detector',
      constantModel(input, [zeros(1, 20, 3)]),
      { task: 'detect' },
      /it answers \[1, 20, 3\], and \[1, 7, anchors\] or \[1, rows, 6\] is needed for detect with 3 classes/,
    ],
    [
      'detects only, and is said to segment',
      constantModel(input, [zeros(1, 7, 21)]),
      { task: 'segment' },
      /it answers \[1, 7, 21\], and \[1, 7 \+ masks, anchors\] or \[1, rows, 6 \+ masks\], and \[1, masks, height, width\], is needed/,
    ],
    [
      'has other prototypes than coefficients',
      constantModel(input, [zeros(1, 7 + 32, 21), zeros(1, 16, 8, 8)]),
      { task: 'segment' },
      /it answers \[1, 39, 21\] and \[1, 16, 8, 8\], and/,
    ],
    [
      'has other keypoints',
      constantModel(input, [zeros(1, 7 + 51, 21)]),
      { task: 'pose', keypoints: { count: 3, numbers: 3 } },
      /it answers \[1, 58, 21\], and \[1, 16, anchors\] or \[1, rows, 15\] is needed for pose/,
    ],
    [
      'has no angle',
      constantModel(input, [zeros(1, 7, 21)]),
      { task: 'obb' },
      /it answers \[1, 7, 21\], and \[1, 8, anchors\] or \[1, rows, 7\] is needed for obb/,
    ],
    [
      'answers boxes, scores and classes apart',
      constantModel(input, [zeros(1, 100, 4), zeros(1, 100), zeros(1, 100)]),
      { task: 'detect' },
      /it answers \[1, 100, 4\] and \[1, 100\] and \[1, 100\], and/,
    ],
  ])('%s', async (_when, bytes, about, message) => {
    await expect(load(bytes, about)).rejects.toMatchObject({
      code: 'model_unavailable',
      message: expect.stringMatching(message),
    })
  })
})

test.each([
  ['said to be suppressed', true, 'rows'],
  ['said not to be', false, 'anchors'],
  ['of which nothing is said', null, 'anchors'],
] as const)('an answer of both shapes, %s, is taken so', async (_said, endToEnd, form) => {
  const model = await load(EITHER_SHAPE, { task: 'detect', names: ['a', 'b'], endToEnd })
  expect(model.layout).toMatchObject({ task: 'detect', form })
  await model.session.release()
})

describe('a loaded file', () => {
  test('is read as another package says, without being loaded again', async () => {
    const model = await load(EITHER_SHAPE, { task: 'detect', names: ['a', 'b'], endToEnd: false })
    const changed = { ...model.package, names: ['b', 'a'], endToEnd: true }
    expect(readAs(model, changed)).toMatchObject({
      session: model.session,
      package: { names: ['b', 'a'] },
      layout: { form: 'rows' },
    })
    await model.session.release()
  })

  test.each<[string, Partial<ModelPackage>, RegExp]>([
    ['a task that it does not do', { task: 'classify' }, /tiny@1 cannot be loaded: it answers \[1, 6, 6\]/],
    ['a size that it does not take', { imgsz: { width: 64, height: 64 } }, /it takes 32×32 pixels/],
  ])('is not read with %s', async (_what, change, message) => {
    const model = await load(EITHER_SHAPE, { task: 'detect', names: ['a', 'b'] })
    const refused = expect.objectContaining({
      code: 'model_unavailable',
      message: expect.stringMatching(message),
    })
    expect(() => readAs(model, { ...model.package, ...change })).toThrow(refused)
    await model.session.release()
  })
})

let written = 0
function load(bytes: Buffer, about: Partial<ModelPackage>) {
  const path = join(directory, `${written++}.onnx`)
  writeFileSync(path, bytes)
  return loadModel(
    {
      name: 'tiny',
      version: '1',
      task: 'classify',
      names: COLOURS,
      imgsz: { width: SIDE, height: SIDE },
      stride: 32,
      fit: 'crop',
      keypoints: null,
      endToEnd: null,
      digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}`,
      path,
      bytes: bytes.length,
      licence: null,
      description: null,
      ...about,
    },
    { threads: 1 },
  )
}
