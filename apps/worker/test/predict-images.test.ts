import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DEFAULT_PARAMS } from '@lupa/core/domain/params'
import type { Detection } from '@lupa/core/domain/prediction'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { aModelPackage } from '../../../packages/core/test/model-packages.ts'
import { colourClassifier, constantModel } from '../../../packages/core/test/models/runnable-onnx.ts'
import { restrictSharp } from '../src/inference/decode-image.ts'
import { type LoadedModel, loadModel } from '../src/inference/load-model.ts'
import { predictImages } from '../src/inference/predict-images.ts'
import type { PredictOutcome } from '../src/inference/predict-outcome.ts'
import { createPredictor } from '../src/predictor/predictor.ts'
import { hasSharedAssets, readPicture, readSharedModel } from './shared-assets.ts'

/** Of two sizes once they are fitted, and one that is no picture. */
const PICTURES = [
  'bus.jpg',
  'zidane.jpg',
  'bus.webp',
  'broken',
  'street-640.jpg',
  'bus-gray.png',
  'zidane.jpg',
]
const images = PICTURES.map((name) =>
  name === 'broken' ? Buffer.from('no picture') : readPictureIfThere(name),
)
const items = images.map((image) => ({ image, params: DEFAULT_PARAMS }))

describe.skipIf(!hasSharedAssets)('several images at once', () => {
  let model: LoadedModel
  let alone: PromiseSettledResult<PredictOutcome>[]

  beforeAll(async () => {
    restrictSharp()
    model = await loadModel(await readSmallModel(), { threads: 1 })
    alone = []
    for (const item of items) alone.push(...(await predictImages([item], model)))
  })

  test('are answered as each is alone, in order; those of one size together, and the broken one refused', async () => {
    const together = await predictImages(items, model)
    expect(together.map(batchSizeOf)).toEqual([3, 2, 3, undefined, 1, 3, 2])
    expect(together[3]).toMatchObject({ status: 'rejected', reason: { code: 'image_unreadable' } })
    for (const [at, result] of together.entries()) expectSame(result, alone[at])
  })

  test('are answered each by itself when the model cannot be run on all', async () => {
    const { session } = model
    const runSeveral: typeof session.runSeveral = (input, count) =>
      count > 1 ? Promise.reject(new Error('there is no memory for that')) : session.runSeveral(input, count)
    const results = await predictImages(items, { ...model, session: { ...session, runSeveral } })
    expect(results.map(batchSizeOf)).toEqual([1, 1, 1, undefined, 1, 1, 1])
    for (const [at, result] of results.entries()) expectSame(result, alone[at])
  })

  test('go through a real child together, and the job is told how many', async () => {
    const small = await readSmallModel()
    const predictor = await createPredictor({
      slots: 1,
      threads: 1,
      executionTimeoutMs: 10_000,
      batch: { atMost: 4, measure: false },
      preload: [small],
    })
    try {
      const work = (image: Uint8Array) => ({ image, model: small, params: DEFAULT_PARAMS })
      const never = new AbortController().signal
      const results = await Promise.allSettled(images.map((image) => predictor.predict(work(image), never)))
      // Four are taken at once, then the three that wait.
      expect(results.map(batchSizeOf)).toEqual([2, 1, 2, undefined, 1, 1, 1])
      for (const [at, result] of results.entries()) expectSame(result, alone[at])
      expect(predictor.status().restarts).toBe(0)
    } finally {
      await predictor.close()
    }
  })
})

describe('a model that takes', () => {
  const SIDE = 32
  const COLOURS = ['red', 'blue', 'green', 'blue']
  let directory: string
  beforeAll(() => {
    restrictSharp()
    directory = mkdtempSync(join(tmpdir(), 'lupa-test-images-'))
  })
  afterAll(() => rmSync(directory, { recursive: true }))

  async function see(bytes: Uint8Array, colours: string[]) {
    const path = join(directory, 'model.onnx')
    writeFileSync(path, bytes)
    const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`
    const size = { names: ['red', 'green', 'blue'], imgsz: { width: SIDE, height: SIDE } }
    const loaded = await loadModel({ ...aModelPackage('colours'), ...size, path, digest }, { threads: 1 })
    const given = colours.map(async (colour) => ({ image: await plain(colour), params: DEFAULT_PARAMS }))
    const results = await predictImages(await Promise.all(given), loaded)
    await loaded.session.release()
    return results.map((result) =>
      result.status === 'fulfilled' ? [result.value.view.prediction, batchSizeOf(result)] : result.reason,
    )
  }

  test('any number of images is given all of them', async () => {
    const answers = await see(colourClassifier({ shape: ['batch', 3, SIDE, SIDE] }), COLOURS)
    expect(answers).toEqual(COLOURS.map((colour) => [colour, COLOURS.length]))
  })

  test('four images is given up to four, and more are given one by one', async () => {
    const fourAtOnce = colourClassifier({ shape: [4, 3, SIDE, SIDE] })
    for (const colours of [COLOURS.slice(0, 1), COLOURS.slice(1, 3), COLOURS]) {
      expect(await see(fourAtOnce, colours)).toEqual(colours.map((colour) => [colour, colours.length]))
    }
    const five = ['green', ...COLOURS]
    expect(await see(fourAtOnce, five)).toEqual(five.map((colour) => [colour, 1]))
  })

  test('any number, but answers for one, is given one at a time', async () => {
    const outputs = [{ shape: [1, 3], data: Float32Array.of(0.1, 0.2, 0.7) }]
    const answers = await see(constantModel({ shape: ['batch', 3, SIDE, SIDE] }, outputs), COLOURS)
    expect(answers).toEqual(COLOURS.map(() => ['blue', 1]))
  })

  const plain = (background: string) =>
    sharp({ create: { width: 40, height: 30, channels: 3, background } })
      .png()
      .toBuffer()
})

const batchSizeOf = (result: PromiseSettledResult<PredictOutcome>) =>
  result.status === 'fulfilled' ? result.value.timings.batch_size : undefined

/** Every digit that is kept of a confidence, and a hundredth of a pixel. */
function expectSame(
  actual: PromiseSettledResult<PredictOutcome>,
  expected: PromiseSettledResult<PredictOutcome> | undefined,
): void {
  if (actual.status !== 'fulfilled' || expected?.status !== 'fulfilled') {
    expect(actual.status).toBe(expected?.status)
    return
  }
  const [now, before] = [actual, expected].map(({ value }) => value.view.predictions as Detection[])
  expect(now?.map(({ name }) => name)).toEqual(before?.map(({ name }) => name))
  for (const [at, { confidence, box }] of (now ?? []).entries()) {
    const other = before?.[at]
    expect(Math.abs(confidence - (other?.confidence ?? Number.NaN))).toBeLessThan(1e-4)
    for (const side of ['x1', 'y1', 'x2', 'y2'] as const) {
      expect(Math.abs(box[side] - (other?.box[side] ?? Number.NaN))).toBeLessThan(0.01)
    }
  }
}

/** Any size and any number of images; a small size takes less time. */
async function readSmallModel() {
  return { ...(await readSharedModel('coco-detect-dynamic')), imgsz: { width: 320, height: 320 } }
}

function readPictureIfThere(name: string): Buffer {
  return hasSharedAssets ? readPicture(name) : Buffer.alloc(0)
}
