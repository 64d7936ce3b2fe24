import fc from 'fast-check'
import { toCocoRle } from '../../src/domain/coco-rle.ts'
import { fitLetterbox } from '../../src/domain/letterbox.ts'
import type { PredictionItem, Task } from '../../src/domain/prediction.ts'
import type { Size } from '../../src/domain/size.ts'
import type { PredictedJob } from '../../src/formats/predicted-job.ts'
import { picture } from '../masks/draw-mask.ts'

export const IMAGE: Size = { width: 640, height: 480 }

export function aPredictedJob(task: Task, predictions: PredictionItem[], image: Size = IMAGE): PredictedJob {
  return {
    id: '019ab0c8-5c00-7a1e-8f3a-2b6d1c9e4f70',
    created_at: '2026-11-23T12:00:00.000Z',
    image_name: 'garrafa.jpg',
    image: { ...image, format: 'jpeg' },
    model: { name: 'things', version: '2', task },
    predictions,
  }
}

const person = { name: 'person', class: 0, confidence: 0.91 }
const box = { x1: 10, y1: 20, x2: 110, y2: 220 }

/** A triangle and, tied to it as Ultralytics does, a square: two parts of one mask. */
const twoParts = {
  x: [20, 60, 20, 20, 80, 100, 100, 80, 80],
  y: [40, 80, 80, 40, 40, 40, 60, 60, 40],
}

/** One of each task, and a mask in both its forms. */
export const EXAMPLES: Record<Task | 'rle', PredictedJob> = {
  classify: aPredictedJob('classify', [
    { name: 'aberta', class: 0, confidence: 0.9731 },
    { name: 'fechada', class: 1, confidence: 0.0269 },
  ]),
  detect: aPredictedJob('detect', [
    { ...person, box },
    { name: 'cup', class: 41, confidence: 0.5, box: { x1: 0, y1: 0, x2: 640, y2: 480 } },
  ]),
  segment: aPredictedJob('segment', [{ ...person, box, segments: twoParts }]),
  rle: aPredictedJob('segment', [{ ...person, box: { x1: 0, y1: 0, x2: 4, y2: 3 }, mask: aMask() }]),
  pose: aPredictedJob('pose', [
    { ...person, box, keypoints: { x: [20, 30, 40], y: [50, 60, 70], visible: [0.9, 0.4, 0.1] } },
  ]),
  obb: aPredictedJob('obb', [
    { ...person, box: { x1: 100, y1: 50, x2: 150, y2: 100, x3: 100, y3: 150, x4: 50, y4: 100 } },
  ]),
}

function aMask() {
  const { width, height, bits } = picture('##.##', '#..##', '#....')
  return toCocoRle({ left: 0, top: 0, width, height, bits }, fitLetterbox(IMAGE, IMAGE), IMAGE)
}

const size = fc.record({
  width: fc.integer({ min: 1, max: 8000 }),
  height: fc.integer({ min: 1, max: 8000 }),
})
const part = fc.double({ min: 0, max: 1, noNaN: true })
const name = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.constantFrom('=1+1', '<b>"&\'', ' a,b\r\n', '\u0000'),
)

/** A job of a detect model, with its boxes inside the image. */
export const anyDetectJob: fc.Arbitrary<PredictedJob> = fc
  .record({
    image: size,
    image_name: fc.option(name),
    items: fc.array(
      fc.record({
        name,
        class: fc.nat(300),
        confidence: part,
        x: fc.tuple(part, part),
        y: fc.tuple(part, part),
      }),
      { maxLength: 8 },
    ),
  })
  .map(({ image, image_name, items }) => ({
    ...aPredictedJob(
      'detect',
      items.map(({ x, y, ...about }) => ({
        ...about,
        box: {
          x1: Math.min(...x) * image.width,
          y1: Math.min(...y) * image.height,
          x2: Math.max(...x) * image.width,
          y2: Math.max(...y) * image.height,
        },
      })),
      image,
    ),
    image_name,
  }))
