import { DEFAULT_PARAMS } from '@lupa/core/domain/params'
import type { Detection } from '@lupa/core/domain/prediction'
import { beforeAll, describe, expect, test } from 'vitest'
import { restrictSharp } from '../src/inference/decode-image.ts'
import { type LoadedModel, loadModel } from '../src/inference/load-model.ts'
import type { PredictOutcome } from '../src/inference/predict-image.ts'
import { predictImages } from '../src/inference/predict-images.ts'
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
