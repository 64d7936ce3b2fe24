import { DEFAULT_PARAMS } from '@lupa/core/domain/params'
import type { MaskedDetection, SegmentedDetection } from '@lupa/core/domain/prediction'
import { beforeAll, describe, expect, test } from 'vitest'
import { decodeRle } from '../../../packages/core/test/masks/decode-rle.ts'
import { fillPolygon } from '../../../packages/core/test/masks/fill-polygon.ts'
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

  test.each(entriesOf(['shapes-segment']))(
    'the masks of $picture, as RLE, cover what the outlines there enclose',
    async ({ model, picture, expected }) => {
      const loaded = models.get(model) as LoadedModel
      const { view, image } = await predictImage(readPicture(picture), loaded, {
        ...DEFAULT_PARAMS,
        masks: 'rle',
      })
      const rows = view.predictions as MaskedDetection[]
      for (const { segments, confidence } of expected.predictions as SegmentedDetection[]) {
        const closest = rows.toSorted((a, b) => distance(a, confidence) - distance(b, confidence))[0]
        const outline = segments.x.map((x, at) => ({ x, y: segments.y[at] ?? 0 }))
        const theirs = fillPolygon(outline, image)
        const ours = closest ? decodeRle(closest.mask) : theirs.map(() => 0)
        const shared = ours.filter((bit, at) => bit && theirs[at]).length
        const joint = ours.filter((bit, at) => bit || theirs[at]).length
        // An outline goes through the centres of the border's pixels, so a mask is a little larger.
        expect(shared / joint).toBeGreaterThan(0.85)
      }
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

const distance = (item: { confidence: number }, confidence: number) => Math.abs(item.confidence - confidence)
