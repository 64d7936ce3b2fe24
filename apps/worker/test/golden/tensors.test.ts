import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { fitLetterbox } from '@lupa/core/domain/letterbox'
import { DEFAULT_PARAMS } from '@lupa/core/domain/params'
import type { PredictionItem, Task } from '@lupa/core/domain/prediction'
import type { Size } from '@lupa/core/domain/size'
import { viewPrediction } from '@lupa/core/domain/view-prediction'
import type { ModelPackage } from '@lupa/core/models/model-package'
import { expect, test } from 'vitest'
import { decodeBoxes } from '../../src/inference/decode/boxes.ts'
import { type Layout, readLayout } from '../../src/inference/output-layout.ts'

/** See make.py. */
interface Case {
  name: string
  task: Exclude<Task, 'classify'>
  metadata: { end2end: string; args: string; kpt_shape?: string }
  input: Size
  image: Size
  outputs: { shape: number[]; data: string }[]
  params: { conf: number; iou: number; max_det: number }
  predictions: PredictionItem[]
}

const { cases } = JSON.parse(
  gunzipSync(readFileSync(join(import.meta.dirname, 'tensors.json.gz'))).toString(),
) as { cases: Case[] }

test.each(cases)('what $name answers is read as Ultralytics reads it', (golden) => {
  const outputs = golden.outputs.map(({ shape, data }) => ({ shape, data: toFloats(data) }))
  const layout = readLayout(
    golden.outputs.map(({ shape }) => shape),
    toPackage(golden),
  ) as Exclude<Layout, { task: 'classify' }>
  expect(layout.form).toBe(golden.name.endsWith('rows') ? 'rows' : 'anchors')

  const letterbox = fitLetterbox(golden.image, golden.input)
  const stored = decodeBoxes(outputs, layout, { names: NAMES, letterbox })
  const { predictions } = viewPrediction(stored, { ...DEFAULT_PARAMS, ...golden.params }, golden.image)
  expect(golden.predictions.length).toBeGreaterThan(5)
  expect(shapeOf(predictions)).toEqual(shapeOf(golden.predictions))
  expect(farthest(predictions, golden.predictions)).toBeLessThan(0.005)
})

const NAMES = ['circle', 'rectangle', 'triangle']

function toPackage({ task, input, metadata }: Case): ModelPackage {
  const [count = 0, numbers] = JSON.parse(metadata.kpt_shape ?? '[]') as number[]
  return {
    name: 'golden',
    version: '1',
    task,
    names: NAMES,
    imgsz: input,
    stride: 32,
    fit: 'pad',
    keypoints: numbers === 2 || numbers === 3 ? { count, numbers } : null,
    endToEnd: metadata.end2end === 'True',
    digest: '',
    path: '',
    bytes: 0,
    licence: null,
    description: null,
  }
}

function toFloats(base64: string): Float32Array {
  return new Float32Array(Uint8Array.from(Buffer.from(base64, 'base64')).buffer)
}

/** Everything but the numbers with decimals: how many items, of which classes, with how many corners. */
function shapeOf(items: PredictionItem[]): unknown {
  return items.map((item) =>
    JSON.parse(JSON.stringify(item), (key, value) =>
      typeof value === 'number' && key !== 'class' ? 'number' : value,
    ),
  )
}

/** The largest difference between two numbers in the same place. */
function farthest(ours: unknown, theirs: unknown): number {
  if (typeof ours === 'number' && typeof theirs === 'number') return Math.abs(ours - theirs)
  if (typeof ours !== 'object' || ours === null || typeof theirs !== 'object' || theirs === null) return 0
  const entries = Object.entries(ours as Record<string, unknown>)
  return Math.max(0, ...entries.map(([key, value]) => farthest(value, Reflect.get(theirs, key))))
}
