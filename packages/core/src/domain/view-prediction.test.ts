import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { packCandidates } from './candidates.ts'
import { DEFAULT_PARAMS, type Params } from './params.ts'
import type { StoredPrediction } from './prediction.ts'
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

function namesUnder(params: Partial<Params>): string[] {
  const { predictions } = viewPrediction(STORED, { ...DEFAULT_PARAMS, ...params }, IMAGE)
  return predictions.map(({ name }) => name)
}
