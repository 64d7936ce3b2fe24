import { DEFAULT_PARAMS } from '@lupa/core/domain/params'
import type { Box, Detection } from '@lupa/core/domain/prediction'
import { beforeAll, describe, expect, test } from 'vitest'
import { restrictSharp } from '../src/inference/decode-image.ts'
import { type LoadedModel, loadModel } from '../src/inference/load-model.ts'
import { predictImage } from '../src/inference/predict-image.ts'
import { hasSharedAssets, readGolden, readPicture, readSharedModel } from './shared-assets.ts'

interface Golden {
  width: number
  height: number
  conf?: number
  iou?: number
  predictions?: Detection[]
  top1?: string
  probs?: number[]
}

/** How close is close, by how much the picture is scaled down: as ../shared/models/README.md says. */
interface Tolerance {
  iou: number
  confidence: number
  /** Golden predictions from here on must be found, */
  mustFind: number
  /** and ours from here on must be golden. */
  mustBeKnown: number
}
const SAME_SIZE: Tolerance = { iou: 0.99, confidence: 0.005, mustFind: 0.25, mustBeKnown: 0.25 }
const SCALED: Tolerance = { iou: 0.9, confidence: 0.08, mustFind: 0.4, mustBeKnown: 0.48 }
const SCALED_FAR: Tolerance = { iou: 0.85, confidence: 0.12, mustFind: 0.4, mustBeKnown: 0.48 }

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

/** Golden detections, if sure enough, without one of ours where they are. */
function notFound(
  theirs: Detection[],
  ours: Detection[],
  { mustFind, iou, confidence }: Tolerance,
): string[] {
  return theirs
    .filter((their) => their.confidence >= mustFind)
    .map((their) => ({ their, ...closest(their, ours) }))
    .filter((match) => match.overlap < iou || match.difference > confidence)
    .map(({ their, ...match }) => `${their.name} ${their.confidence}: ${JSON.stringify(match)}`)
}

/** Our detections, if sure enough, without a golden one where they are. */
function oursAlone(theirs: Detection[], ours: Detection[], { mustBeKnown, iou }: Tolerance): string[] {
  return ours
    .filter((our) => our.confidence >= mustBeKnown && closest(our, theirs).overlap < iou)
    .map((our) => `${our.name} ${our.confidence}`)
}

function toleranceFor(picture: string, { width, height }: Golden): Tolerance {
  const side = Math.max(width, height)
  if (picture.includes('exact640')) return SAME_SIZE
  if (side <= 1280) return SCALED
  return SCALED_FAR
}

/** How near the nearest of the same class comes, in place and in confidence. */
function closest(wanted: Detection, among: Detection[]): { overlap: number; difference: number } {
  return among
    .filter((other) => other.class === wanted.class)
    .map((other) => ({
      overlap: overlapOf(other.box, wanted.box),
      difference: Math.abs(other.confidence - wanted.confidence),
    }))
    .reduce((best, other) => (other.overlap > best.overlap ? other : best), { overlap: 0, difference: 1 })
}

function overlapOf(a: Box, b: Box): number {
  const shared =
    Math.max(0, Math.min(a.x2, b.x2) - Math.max(a.x1, b.x1)) *
    Math.max(0, Math.min(a.y2, b.y2) - Math.max(a.y1, b.y1))
  return shared / (area(a) + area(b) - shared)
}

const area = (box: Box) => (box.x2 - box.x1) * (box.y2 - box.y1)
