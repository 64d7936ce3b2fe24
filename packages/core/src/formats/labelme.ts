import type { Size } from '../domain/size.ts'
import {
  boundsOf,
  type Corner,
  cornersOf,
  isLocated,
  isMasked,
  isOriented,
  isPosed,
  isSegmented,
  type Located,
} from './detections.ts'
import { baseNameOf } from './file-name.ts'
import { keypointNames, keypointsOf } from './keypoints.ts'
import type { PredictedJob } from './predicted-job.ts'
import { ringsOf } from './rings.ts'

/** The file that labelme keeps beside an image: https://github.com/wkentaro/labelme */
export interface LabelmeFile {
  version: string
  flags: Record<string, boolean>
  shapes: LabelmeShape[]
  imagePath: string
  imageData: null
  imageHeight: number
  imageWidth: number
}

export interface LabelmeShape {
  label: string
  points: [number, number][]
  /** The same for all shapes of one detection; null when it has only one. */
  group_id: number | null
  description: string
  shape_type: 'rectangle' | 'polygon' | 'point'
  flags: Record<string, boolean>
  mask: null
}

/** Of labelme, the version whose files these are; later ones read them too. */
const VERSION = '5.5.0'

export function toLabelme(job: PredictedJob): string {
  const { image, predictions } = job
  const file: LabelmeFile = {
    version: VERSION,
    flags: {},
    shapes: predictions.filter(isLocated).flatMap((item, at) => grouped(shapesOf(item, image), at + 1)),
    imagePath: baseNameOf(job),
    imageData: null,
    imageHeight: image.height,
    imageWidth: image.width,
  }
  return JSON.stringify(file)
}

/** What belongs together has a number in common. */
function grouped(shapes: LabelmeShape[], number: number): LabelmeShape[] {
  return shapes.length > 1 ? shapes.map((shape) => ({ ...shape, group_id: number })) : shapes
}

function shapesOf(item: Located, image: Size): LabelmeShape[] {
  const { x1, y1, x2, y2 } = boundsOf(item, image)
  const description = `confidence ${item.confidence}`
  const shape = (type: LabelmeShape['shape_type'], corners: readonly Corner[], label = item.name) => ({
    label,
    points: corners.map(({ x, y }): [number, number] => [x, y]),
    group_id: null,
    description,
    shape_type: type,
    flags: {},
    mask: null,
  })
  const rectangle = shape('rectangle', [
    { x: x1, y: y1 },
    { x: x2, y: y2 },
  ])
  if (isOriented(item)) return [shape('polygon', cornersOf(item))]
  if (isSegmented(item) || isMasked(item)) {
    const rings = ringsOf(item)
    return rings.length > 0 ? rings.map((ring) => shape('polygon', ring)) : [rectangle]
  }
  if (!isPosed(item)) return [rectangle]
  const names = keypointNames(item.keypoints.x.length)
  return [rectangle, ...keypointsOf(item).map((point, at) => shape('point', [point], names[at]))]
}
