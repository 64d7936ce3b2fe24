import { DEFAULT_PARAMS } from '@lupa/core/domain/params'
import type { Detection } from '@lupa/core/domain/prediction'
import { beforeAll, describe, expect, test } from 'vitest'
import { restrictSharp } from '../src/inference/decode-image.ts'
import { type LoadedModel, loadModel } from '../src/inference/load-model.ts'
import { predictImage } from '../src/inference/predict-image.ts'
import {
  type Golden,
  notFound,
  oursAlone,
  SAME_SIZE,
  SCALED_FAR,
  toleranceFor,
} from './compare-detections.ts'
import { hasSharedAssets, readGolden, readPicture, readSharedModel } from './shared-assets.ts'

const DETECTORS = ['coco-detect', 'coco-detect-int8']
const CLASSIFIERS = ['leaves-classify']

const golden = hasSharedAssets ? (readGolden() as Record<string, Golden>) : {}
const entriesOf = (models: string[]) =>
  Object.entries(golden).flatMap(([key, expected]) => {
    const [model = '', picture = ''] = key.split('/')
    return models.includes(model) ? [{ model, picture, expected }] : []
  })

describe.skipIf(!hasSharedAssets)("Ultralytics' own answers", () => {
  const models = new Map<string, LoadedModel>()

  beforeAll(async () => {
    restrictSharp()
    for (const name of [...DETECTORS, ...CLASSIFIERS]) {
      models.set(name, await loadModel(await readSharedModel(name), { threads: 1 }))
    }
  })

  async function predict(model: string, picture: string, { conf, iou }: Golden) {
    const loaded = models.get(model)
    if (!loaded) throw new Error(`${model} is not loaded`)
    const params = { ...DEFAULT_PARAMS, conf: conf ?? DEFAULT_PARAMS.conf, iou: iou ?? DEFAULT_PARAMS.iou }
    return predictImage(readPicture(picture), loaded, params)
  }

  test('there are some of each model', () => {
    for (const name of [...DETECTORS, ...CLASSIFIERS]) expect(entriesOf([name]).length).toBeGreaterThan(5)
  })

  test.each(entriesOf(DETECTORS))(
    '$model sees in $picture what it saw there',
    async ({ model, picture, expected }) => {
      const { view, image } = await predict(model, picture, expected)
      expect(image).toEqual({ width: expected.width, height: expected.height })
      const ours = view.predictions as Detection[]
      const theirs = expected.predictions ?? []
      const tolerance = toleranceFor(picture, expected)

      expect(notFound(theirs, ours, tolerance)).toEqual([])
      expect(oursAlone(theirs, ours, tolerance)).toEqual([])
    },
  )

  test.each(entriesOf(CLASSIFIERS))(
    '$model says of $picture what it said of it',
    async ({ model, picture, expected }) => {
      const { view, image } = await predict(model, picture, expected)
      expect(image).toEqual({ width: expected.width, height: expected.height })
      const probabilities = expected.probs ?? []
      const [first = 0, second = 0] = probabilities.toSorted((a, b) => b - a)
      const isClear = first - second > 0.1
      expect(isClear ? view.prediction : expected.top1).toBe(expected.top1)
      expect(Math.abs((view.confidence ?? 0) - first)).toBeLessThanOrEqual(0.08)
    },
  )

  // The padding is a part of what the model sees, so only a picture of the model's size gives the same.
  test.each([
    ['street-exact640.png', SAME_SIZE],
    ['street-640.jpg', SCALED_FAR],
    ['zidane.jpg', SCALED_FAR],
    ['bus.jpg', SCALED_FAR],
  ])(
    'a model that takes any size sees much the same in %s, with less padding',
    async (picture, tolerance) => {
      const dynamic = await loadModel(await readSharedModel('coco-detect-dynamic'), { threads: 1 })
      const { view } = await predictImage(readPicture(picture), dynamic, DEFAULT_PARAMS)
      await dynamic.session.release()
      const theirs = golden[`coco-detect/${picture}`]?.predictions ?? []
      expect(notFound(theirs, view.predictions as Detection[], tolerance)).toEqual([])
    },
  )
})
