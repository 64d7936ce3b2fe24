import { finishJob, toJob } from '@lupa/core/domain/job'
import { fitLetterbox } from '@lupa/core/domain/letterbox'
import { type Params } from '@lupa/core/domain/params'
import { viewPrediction } from '@lupa/core/domain/view-prediction'
import { expect, test } from 'vitest'
import { aJobRecord } from '../../../packages/core/test/job-records.ts'
import { decodeBoxes } from '../src/inference/decode/boxes.ts'
import type { Output } from '../src/inference/onnx-session.ts'
import type { BoxLayout, ClassLayout, Layout } from '../src/inference/output-layout.ts'

const IMAGE = { width: 2000, height: 1500 }
const INPUT = { width: 640, height: 640 }
const ANCHORS = 8400
const CLASSES = 80
const EVERYTHING: Params = { conf: 0.01, iou: 1, max_det: 3000, classes: null }
/** What Cosmos DB takes. */
const MAX_ITEM_BYTES = 2 * 1024 * 1024

/** The same noise every time. */
function noise(length: number, scale: number): Float32Array {
  let seed = 1
  return Float32Array.from({ length }, () => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
    return (seed / 2 ** 32) * scale
  })
}

/** Every anchor is a surely seen box somewhere, as large as the picture or a part of it. */
function anchors(extras: number, extent: number): Output {
  const channels = 4 + CLASSES + extras
  const data = noise(channels * ANCHORS, 1)
  for (let at = 0; at < 2 * ANCHORS; at++) data[at] = (data[at] as number) * INPUT.width
  for (let at = 2 * ANCHORS; at < 4 * ANCHORS; at++) data[at] = (data[at] as number) * extent
  for (let at = (4 + CLASSES) * ANCHORS; at < data.length; at++) data[at] = ((data[at] as number) - 0.5) * 640
  return { data, shape: [1, channels, ANCHORS] }
}

const layout = (extras: number): BoxLayout => ({ at: 0, form: 'anchors', classes: CLASSES, extras })
const prototypes = (count: number): Output => {
  const data = noise(count * 80 * 80, 2).map((value) => value - 1)
  return { data, shape: [1, count, 80, 80] }
}

test.each<[string, Exclude<Layout, ClassLayout>, Output[]]>([
  ['detect', { task: 'detect', ...layout(0) }, [anchors(0, 640)]],
  ['obb', { task: 'obb', ...layout(1) }, [anchors(1, 640)]],
  ['pose', { task: 'pose', ...layout(51), keypoints: { count: 17, numbers: 3 } }, [anchors(51, 640)]],
  [
    'pose of a whole body',
    { task: 'pose', ...layout(399), keypoints: { count: 133, numbers: 3 } },
    [anchors(399, 640)],
  ],
  [
    'segment, large masks of noise',
    { task: 'segment', ...layout(4), prototypesAt: 1 },
    [anchors(4, 640), prototypes(4)],
  ],
  [
    'segment, many small masks',
    { task: 'segment', ...layout(4), prototypesAt: 1 },
    [anchors(4, 60), prototypes(4)],
  ],
])(
  'the most that %s can say fits into a record, and a view of it into an answer',
  (_name, wanted, outputs) => {
    const names = Array.from({ length: CLASSES }, (_, number) => `a class with a long name, number ${number}`)
    const stored = decodeBoxes(outputs, wanted, { names, letterbox: fitLetterbox(IMAGE, INPUT) })
    for (const masks of ['polygon', 'rle'] as const) {
      const params = { ...EVERYTHING, masks }
      const view = viewPrediction(stored, params, IMAGE)
      expect(view.predictions.length).toBeGreaterThan(20)
      const record = finishJob(aJobRecord({ params }), {
        status: 'succeeded',
        at: new Date(),
        cache: 'miss',
        stored,
        view,
        image: IMAGE,
        timings: {},
      })
      expect(Buffer.byteLength(JSON.stringify(record))).toBeLessThan(0.7 * MAX_ITEM_BYTES)
      expect(toJob(record).predictions).toEqual(view.predictions)
    }
  },
)
