import { pixelCountOf } from '../domain/coco-rle.ts'
import type { Size } from '../domain/size.ts'
import {
  boundsOf,
  cornersOf,
  isLocated,
  isMasked,
  isOriented,
  isPosed,
  isSegmented,
  type Located,
} from './detections.ts'
import { fileNameOf } from './file-name.ts'
import { keypointNames, keypointsOf, skeletonOf } from './keypoints.ts'
import type { PredictedJob } from './predicted-job.ts'
import { areaOf, type Ring, ringsOf } from './rings.ts'

/** COCO's object detection and keypoint formats: https://cocodataset.org/#format-data */
export interface CocoDataset {
  info: { description: string; date_created: string }
  images: CocoImage[]
  annotations: CocoAnnotation[]
  categories: CocoCategory[]
}

export interface CocoImage {
  id: number
  file_name: string
  width: number
  height: number
  date_captured: string
  job_id: string
}

/** An annotation with a `score` is also what `loadRes` of pycocotools takes. */
export interface CocoAnnotation {
  id: number
  image_id: number
  category_id: number
  score: number
  /** x, y, width, height. */
  bbox: [number, number, number, number]
  area: number
  iscrowd: 0
  segmentation: number[][] | { size: [number, number]; counts: string }
  keypoints?: number[]
  num_keypoints?: number
}

export interface CocoCategory {
  id: number
  name: string
  supercategory: string
  keypoints?: string[]
  skeleton?: (readonly [number, number])[]
}

export interface CocoOptions {
  /** The model's class names by number; not given: only those that occur are listed. */
  names?: readonly string[] | undefined
}

export function toCoco(job: PredictedJob, options: CocoOptions = {}): string {
  const categories = createCocoCategories(options)
  const annotations = toCocoAnnotations(job, { imageId: 1, firstId: 1 })
  categories.note(job)
  const dataset: CocoDataset = {
    info: cocoInfoOf(job),
    images: [toCocoImage(job, 1)],
    annotations,
    categories: categories.list(),
  }
  return JSON.stringify(dataset)
}

export function cocoInfoOf({ model, created_at }: PredictedJob): CocoDataset['info'] {
  return { description: `Predictions of ${model.name}@${model.version}`, date_created: created_at }
}

export function toCocoImage(job: PredictedJob, id: number): CocoImage {
  const { width, height } = job.image
  return {
    id,
    file_name: fileNameOf(job),
    width,
    height,
    date_captured: job.created_at,
    job_id: job.id,
  }
}

/** Ids count from 1: pycocotools takes an annotation of id 0 for none. */
export function toCocoAnnotations(
  { predictions, image }: PredictedJob,
  { imageId, firstId }: { imageId: number; firstId: number },
): CocoAnnotation[] {
  return predictions.filter(isLocated).map((item, at) => {
    const { x1, y1, x2, y2 } = boundsOf(item, image)
    return {
      id: firstId + at,
      image_id: imageId,
      category_id: categoryIdOf(item.class),
      score: item.confidence,
      bbox: [round(x1), round(y1), round(x2 - x1), round(y2 - y1)],
      iscrowd: 0,
      ...shapeOf(item, image),
      ...poseOf(item),
    }
  })
}

/** As Ultralytics' own converters have it: its classes count from 0, COCO's categories from 1. */
const categoryIdOf = (classNumber: number) => classNumber + 1

function shapeOf(item: Located, image: Size): Pick<CocoAnnotation, 'area' | 'segmentation'> {
  if (isMasked(item)) return { area: pixelCountOf(item.mask), segmentation: item.mask }
  if (isOriented(item)) return polygonsOf([cornersOf(item)])
  const rings = isSegmented(item) ? ringsOf(item) : []
  if (rings.length > 0) return polygonsOf(rings)
  const { x1, y1, x2, y2 } = boundsOf(item, image)
  return { area: round((x2 - x1) * (y2 - y1)), segmentation: [] }
}

function polygonsOf(rings: readonly Ring[]): Pick<CocoAnnotation, 'area' | 'segmentation'> {
  return {
    area: round(rings.reduce((sum, ring) => sum + areaOf(ring), 0)),
    segmentation: rings.map((ring) => ring.flatMap(({ x, y }) => [x, y])),
  }
}

const SEEN = 2
const HIDDEN = 1

function poseOf(item: Located): Pick<CocoAnnotation, 'keypoints' | 'num_keypoints'> {
  if (!isPosed(item)) return {}
  const keypoints = keypointsOf(item)
  return {
    keypoints: keypoints.flatMap(({ x, y, visible }) => [x, y, (visible ?? 1) < 0.5 ? HIDDEN : SEEN]),
    num_keypoints: keypoints.length,
  }
}

/** Gathers the categories of one job or of many. */
export function createCocoCategories({ names }: CocoOptions) {
  const found = new Map<number, string>(names?.entries())
  let keypointCount = 0
  return {
    note({ predictions }: PredictedJob): void {
      for (const item of predictions) {
        if (!found.has(item.class)) found.set(item.class, item.name)
        if (isPosed(item)) keypointCount = item.keypoints.x.length
      }
    },

    list(): CocoCategory[] {
      const pose =
        keypointCount > 0
          ? { keypoints: keypointNames(keypointCount), skeleton: [...skeletonOf(keypointCount)] }
          : {}
      return [...found]
        .toSorted(([one], [other]) => one - other)
        .map(([number, name]) => ({ id: categoryIdOf(number), name, supercategory: '', ...pose }))
    },
  }
}

const round = (value: number) => Math.round(value * 1e5) / 1e5
