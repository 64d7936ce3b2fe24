import type { Job } from '@lupa/core/domain/job'
import type { PredictionItem, Task } from '@lupa/core/domain/prediction'
import { round } from '@lupa/core/domain/view-prediction'
import { z } from 'zod'

/** Their names of tasks. A rotated box goes as an outline: they have no other shape for it. */
export const ROBOFLOW_TASK: Record<Task, string> = {
  classify: 'classification',
  detect: 'object-detection',
  segment: 'instance-segmentation',
  pose: 'keypoint-detection',
  obb: 'instance-segmentation',
}

const Point = z.object({ x: z.number(), y: z.number() })

const RoboflowPrediction = z.object({
  class: z.string(),
  class_id: z.int(),
  confidence: z.number(),
  detection_id: z.string().optional(),
  x: z.number().optional().describe('The centre, in pixels.'),
  y: z.number().optional(),
  width: z.number().optional(),
  height: z.number().optional(),
  points: z.array(Point).optional(),
  keypoints: z
    .array(Point.extend({ confidence: z.number(), class_id: z.int(), class: z.string() }))
    .optional(),
})
type RoboflowPrediction = z.output<typeof RoboflowPrediction>

export const RoboflowAnswer = z
  .object({
    inference_id: z.string().describe('The job.'),
    time: z.number().describe('Seconds that the model took.'),
    image: z.object({ width: z.int(), height: z.int() }),
    predictions: z.array(RoboflowPrediction),
    top: z.string().optional(),
    confidence: z.number().optional(),
  })
  .meta({ id: 'RoboflowAnswer' })
export type RoboflowAnswer = z.output<typeof RoboflowAnswer>

/** A job that succeeded, as Roboflow's server would have answered. */
export function toRoboflowAnswer(job: Job): RoboflowAnswer {
  const { width, height } = job.image
  const isClassified = job.model.task === 'classify'
  return {
    inference_id: job.id,
    time: (job.timings.inference_ms ?? job.processing_time ?? 0) / 1000,
    image: { width, height },
    predictions: (job.predictions ?? []).map((item, index) => toPrediction(item, `${job.id}-${index}`)),
    ...(isClassified && job.prediction !== null ? { top: job.prediction } : {}),
    ...(isClassified && job.confidence !== null ? { confidence: job.confidence } : {}),
  }
}

function toPrediction(item: PredictionItem, id: string): RoboflowPrediction {
  const { name, class: classNumber, confidence } = item
  const named = { class: name, class_id: classNumber, confidence }
  if (!('box' in item)) return named
  const points = pointsOf(item)
  return {
    ...centred(item.box),
    ...named,
    detection_id: id,
    ...(points ? { points } : {}),
    ...('keypoints' in item ? { keypoints: keypointsOf(item.keypoints) } : {}),
  }
}

type Box = Extract<PredictionItem, { box: unknown }>['box']

/** The centre, and the size of the upright box around all corners. */
function centred(box: Box) {
  const corners = Object.entries(box)
  const xs = corners.flatMap(([name, value]) => (name.startsWith('x') ? [value] : []))
  const ys = corners.flatMap(([name, value]) => (name.startsWith('y') ? [value] : []))
  const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)]
  return {
    x: round((left + right) / 2),
    y: round((top + bottom) / 2),
    width: round(right - left),
    height: round(bottom - top),
  }
}

function pointsOf(item: Extract<PredictionItem, { box: unknown }>): { x: number; y: number }[] | undefined {
  if ('segments' in item) return item.segments.x.map((x, index) => ({ x, y: item.segments.y[index] ?? 0 }))
  const { box } = item
  if (!('x3' in box)) return undefined
  const { x1, y1, x2, y2, x3, y3, x4, y4 } = box
  return [
    { x: x1, y: y1 },
    { x: x2, y: y2 },
    { x: x3, y: y3 },
    { x: x4, y: y4 },
  ]
}

function keypointsOf({ x, y, visible }: { x: number[]; y: number[]; visible?: number[] | undefined }) {
  return x.map((value, index) => ({
    x: value,
    y: y[index] ?? 0,
    confidence: visible?.[index] ?? 1,
    class_id: index,
    class: `${index}`,
  }))
}
