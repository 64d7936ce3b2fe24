import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Found, notFound, oursAlone, toleranceFor } from '../../apps/worker/test/compare-detections.ts'
import { hasSharedAssets, modelPath, readGolden, readPicture } from '../../apps/worker/test/shared-assets.ts'
import { getJson, type Lupa, post, startLupa } from './lupa.ts'

const MODELS = [
  'coco-detect',
  'coco-detect-dynamic',
  'coco-detect-int8',
  'leaves-classify',
  'shapes-obb',
  'shapes-pose',
  'shapes-segment',
]

const golden = hasSharedAssets ? readGolden() : {}
const entries = Object.entries(golden).flatMap(([key, expected]) => {
  const [model = '', picture = ''] = key.split('/')
  return MODELS.includes(model) ? [{ model, picture, expected }] : []
})

describe.skipIf(!hasSharedAssets)("Ultralytics' own answers, over HTTP", () => {
  let lupa: Lupa
  let models: string

  beforeAll(async () => {
    models = mkdtempSync(join(tmpdir(), 'lupa-models-'))
    for (const name of MODELS) {
      mkdirSync(join(models, name, '1'), { recursive: true })
      cpSync(modelPath(name), join(models, name, '1', 'model.onnx'))
    }
    lupa = await startLupa({ MODELS_DIR: models, DEFAULT_MODEL: 'coco-detect' })
  })
  afterAll(async () => {
    await lupa[Symbol.asyncDispose]()
    rmSync(models, { recursive: true })
  })

  test.each(entries)('$model sees $picture as Ultralytics does', async ({ model, picture, expected }) => {
    const { status, body } = await post(`${lupa.url}/v1/jobs`, readPicture(picture), {
      name: picture,
      headers: { prefer: 'wait=30' },
      fields: { model },
    })
    expect(status).toBe(200)
    expect(body).toMatchObject({
      status: 'succeeded',
      image: { width: expected.width, height: expected.height },
    })
    if (expected.probs) {
      const [first = 0, second = 0] = expected.probs.toSorted((a, b) => b - a)
      expect(body.confidence).toBeCloseTo(first, 1)
      if (first - second > 0.1) expect(body.prediction).toBe(expected.top1)
    } else {
      const tolerance = toleranceFor(picture, expected)
      expect(notFound(expected.predictions ?? [], body.predictions as Found[], tolerance)).toEqual([])
      expect(oursAlone(expected.predictions ?? [], body.predictions as Found[], tolerance)).toEqual([])
    }
  })

  test.each([
    ['coco-detect', 'bus.jpg', 'bus', 'person,bus'],
    ['shapes-segment', 'shapes-wide.jpg', 'triangle', 'circle,triangle'],
    ['shapes-pose', 'shapes-wide.jpg', 'triangle', 'circle,triangle'],
    ['shapes-obb', 'shapes-wide.jpg', 'triangle', 'circle,triangle'],
  ])(
    'other parameters are answered from what %s left, as it would answer them itself',
    async (model, name, one, two) => {
      const picture = readPicture(name)
      const submit = (fields: Record<string, string>) =>
        post(`${lupa.url}/v1/jobs`, picture, {
          headers: { prefer: 'wait=30', 'cache-control': 'no-cache' },
          fields: { model, ...fields },
        })
      const loose = await submit({})
      for (const asked of [
        'conf=0.6',
        'iou=0.2',
        'max_det=2',
        'masks=rle',
        `classes=${one}`,
        `conf=0.02&classes=${two}&max_det=50`,
      ]) {
        const reread = await getJson<typeof loose.body>(`${lupa.url}${loose.body.links.self}?${asked}`)
        const anew = await submit(Object.fromEntries(new URLSearchParams(asked)))
        expect(anew.body.cache).toBe('miss')
        expect(reread.predictions).toEqual(anew.body.predictions)
        expect(reread.params).toEqual(anew.body.params)
        expect(reread.prediction).toBe(anew.body.prediction)
      }
    },
  )
})
