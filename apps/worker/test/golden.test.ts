import { DEFAULT_PARAMS } from '@lupa/core/domain/params'
import { beforeAll, describe, expect, test } from 'vitest'
import { restrictSharp } from '../src/inference/decode-image.ts'
import { type LoadedModel, loadModel } from '../src/inference/load-model.ts'
import { predictImage } from '../src/inference/predict-image.ts'
import { type Found, type Golden, notFound, oursAlone, toleranceFor } from './compare-detections.ts'
import { hasSharedAssets, readGolden, readPicture, readSharedModel } from './shared-assets.ts'

const DETECTORS = [
  'coco-detect-dynamic',
  'coco-detect',
  'coco-detect-int8',
  'shapes-segment',
  'shapes-pose',
  'shapes-obb',
]
const CLASSIFIERS = ['leaves-classify']

const golden = hasSharedAssets ? readGolden() : {}
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
    for (const name of [...DETECTORS, ...CLASSIFIERS]) expect(entriesOf([name]).length).toBeGreaterThan(2)
  })

  test.each(entriesOf(DETECTORS))(
    '$model sees in $picture what it saw there',
    async ({ model, picture, expected }) => {
      const { view, image } = await predict(model, picture, expected)
      expect(image).toEqual({ width: expected.width, height: expected.height })
      const ours = view.predictions as Found[]
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
})
