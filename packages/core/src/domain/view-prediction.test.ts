import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { packCandidates } from './candidates.ts'
import { encodeMask, packMasks } from './mask.ts'
import { DEFAULT_PARAMS, type Params } from './params.ts'
import { PredictionItem, type StoredPrediction } from './prediction.ts'
import { viewPrediction } from './view-prediction.ts'

const IMAGE = { width: 200, height: 100 }

const STORED: StoredPrediction = {
  task: 'detect',
  names: { 0: 'open', 2: 'closed' },
  candidates: packCandidates(
    Float32Array.from(
      [
        [-5, 10, 60, 120, 0.9, 2],
        [100, 10, 150, 60, 0.5, 0],
        [10, 10, 20, 20, 0.1, 0],
      ].flat(),
    ),
  ),
}

test('detections are named, clipped to the image, and the surest is the prediction', () => {
  expect(viewPrediction(STORED, DEFAULT_PARAMS, IMAGE)).toEqual({
    prediction: 'closed',
    confidence: 0.9,
    predictions: [
      { name: 'closed', class: 2, confidence: 0.9, box: { x1: 0, y1: 10, x2: 60, y2: 100 } },
      { name: 'open', class: 0, confidence: 0.5, box: { x1: 100, y1: 10, x2: 150, y2: 60 } },
    ],
  })
})

test('lower confidence, fewer classes and fewer detections are views of the same prediction', () => {
  expect(namesUnder({ conf: 0.05 })).toEqual(['closed', 'open', 'open'])
  expect(namesUnder({ conf: 0.05, classes: [0] })).toEqual(['open', 'open'])
  expect(namesUnder({ conf: 0.05, max_det: 1 })).toEqual(['closed'])
})

test('where nothing was detected there is no prediction', () => {
  expect(viewPrediction(STORED, { ...DEFAULT_PARAMS, conf: 0.95 }, IMAGE)).toEqual({
    prediction: null,
    confidence: null,
    predictions: [],
  })
})

test('the parameters do not change a classification', () => {
  const top = [{ name: 'open', class: 0, confidence: 0.02 }]
  const stored: StoredPrediction = { task: 'classify', top }
  expect(viewPrediction(stored, { ...DEFAULT_PARAMS, conf: 0.9, classes: [7] }, IMAGE)).toEqual({
    prediction: 'open',
    confidence: 0.02,
    predictions: top,
  })
})

test('every box lies within the image, whatever the model said', () => {
  const number = fc.float({ min: -1e6, max: 1e6, noNaN: true })
  fc.assert(
    fc.property(fc.array(fc.tuple(number, number, number, number), { maxLength: 20 }), (boxes) => {
      const candidates = packCandidates(Float32Array.from(boxes.flatMap((box) => [...box, 0.9, 0])))
      const view = viewPrediction({ task: 'detect', names: {}, candidates }, DEFAULT_PARAMS, IMAGE)
      for (const item of view.predictions) {
        if (!('box' in item)) throw new Error('a detection has a box')
        for (const x of [item.box.x1, item.box.x2]) expect(x >= 0 && x <= IMAGE.width).toBe(true)
        for (const y of [item.box.y1, item.box.y2]) expect(y >= 0 && y <= IMAGE.height).toBe(true)
      }
    }),
  )
})

describe('of a segment model', () => {
  // 200 × 100 in 100 × 100: half the size, 25 pixels of padding above and below.
  const input = { width: 100, height: 100 }
  const stored: StoredPrediction = {
    task: 'segment',
    names: { 0: 'disc' },
    candidates: packCandidates(
      Float32Array.from(
        [
          [20, 10, 61, 40, 0.75, 0],
          [100, 10, 150, 60, 0.5, 0],
          [22, 10, 61, 40, 0.25, 0],
        ].flat(),
      ),
    ),
    masks: packMasks([
      encodeMask([30, 10, 30, 31, 10, 30, 32, 10, 20]),
      encodeMask([]),
      encodeMask([40, 0, 9]),
    ]),
    input,
  }

  test('a detection has the outline of its mask, in pixels of the image, and none has no pixel', () => {
    const view = viewPrediction(stored, { ...DEFAULT_PARAMS, conf: 0.1 }, IMAGE)
    expect(view).toEqual({
      prediction: 'disc',
      confidence: 0.75,
      predictions: [
        {
          name: 'disc',
          class: 0,
          confidence: 0.75,
          box: { x1: 20, y1: 10, x2: 61, y2: 40 },
          segments: { x: [20, 20, 38, 40, 58, 58], y: [10, 14, 14, 12, 12, 10] },
        },
      ],
    })
  })

  test('on request, the mask of the size of the image instead', () => {
    const { predictions } = viewPrediction(stored, { ...DEFAULT_PARAMS, masks: 'rle' }, IMAGE)
    expect(predictions).toEqual([
      {
        name: 'disc',
        class: 0,
        confidence: 0.75,
        box: { x1: 20, y1: 10, x2: 61, y2: 40 },
        mask: { size: [100, 200], counts: expect.stringMatching(/^[0-o]+$/) },
      },
    ])
  })

  test('a lower overlap, and max_det, are asked of what is stored, empty masks too', () => {
    const namesAt = (params: Partial<Params>) =>
      viewPrediction(stored, { ...DEFAULT_PARAMS, conf: 0.1, ...params }, IMAGE).predictions.length
    expect(namesAt({ iou: 0.99 })).toBe(2)
    expect(namesAt({ iou: 0.99, max_det: 2 })).toBe(1)
  })
})

describe('of a pose model', () => {
  const candidates = packCandidates(
    Float32Array.from([10, 10, 50, 90, 0.5, 0, -4, 20, 0.875, 30, 120, 0.125]),
  )

  test('a detection has its keypoints, clipped to the image, and how surely each is seen', () => {
    const stored = {
      task: 'pose',
      names: { 0: 'person' },
      candidates,
      keypoints: { count: 2, numbers: 3 },
    } as const
    expect(viewPrediction(stored, DEFAULT_PARAMS, IMAGE).predictions).toEqual([
      {
        name: 'person',
        class: 0,
        confidence: 0.5,
        box: { x1: 10, y1: 10, x2: 50, y2: 90 },
        keypoints: { x: [0, 30], y: [20, 100], visible: [0.875, 0.125] },
      },
    ])
  })

  test('a model that says nothing of visibility is not made to', () => {
    const stored = {
      task: 'pose',
      names: { 0: 'person' },
      candidates,
      keypoints: { count: 3, numbers: 2 },
    } as const
    expect(viewPrediction(stored, DEFAULT_PARAMS, IMAGE).predictions).toMatchObject([
      { keypoints: { x: [0, 0.875, 120], y: [20, 30, 0.125] } },
    ])
    expect(JSON.stringify(viewPrediction(stored, DEFAULT_PARAMS, IMAGE))).not.toContain('visible')
  })
})

test('of an obb model a detection has four corners, as the box is turned', () => {
  const candidates = packCandidates(Float32Array.from([100, 50, 40, 20, 0.5, 1, Math.PI / 2]))
  const { predictions } = viewPrediction(
    { task: 'obb', names: { 1: 'ship' }, candidates },
    DEFAULT_PARAMS,
    IMAGE,
  )
  expect(predictions).toEqual([
    {
      name: 'ship',
      class: 1,
      confidence: 0.5,
      box: { x1: 90, y1: 70, x2: 110, y2: 70, x3: 110, y3: 30, x4: 90, y4: 30 },
    },
  ])
})

test('what the model suppressed itself is shown as it is, whatever the overlap', () => {
  const twins = Float32Array.from([10, 10, 50, 50, 0.5, 0, 10, 10, 50, 50, 0.5, 0])
  const stored = { task: 'detect', names: {}, candidates: packCandidates(twins) } as const
  const shown = (one: StoredPrediction) =>
    viewPrediction(one, { ...DEFAULT_PARAMS, iou: 0 }, IMAGE).predictions.length
  expect(shown(stored)).toBe(1)
  expect(shown({ ...stored, suppressed: true })).toBe(2)
})

test('every item is one that the schema knows, and keeps all it has when it is parsed', () => {
  const box = { x1: 1, y1: 2, x2: 3, y2: 4 }
  const about = { name: 'a', class: 0, confidence: 0.5 }
  const items = [
    about,
    { ...about, box },
    { ...about, box, segments: { x: [1], y: [2] } },
    { ...about, box, mask: { size: [4, 5], counts: '0`n1' } },
    { ...about, box, keypoints: { x: [1], y: [2] } },
    { ...about, box, keypoints: { x: [1], y: [2], visible: [0.5] } },
    { ...about, box: { ...box, x3: 5, y3: 6, x4: 7, y4: 8 } },
  ]
  expect(items.map((item) => PredictionItem.parse(item))).toEqual(items)
})

function namesUnder(params: Partial<Params>): string[] {
  const { predictions } = viewPrediction(STORED, { ...DEFAULT_PARAMS, ...params }, IMAGE)
  return predictions.map(({ name }) => name)
}
