import type { PosedDetection } from '../domain/prediction.ts'

export interface Keypoint {
  x: number
  y: number
  /** How surely it is to be seen, 0 to 1; null where the model does not say. */
  visible: number | null
}

export function keypointsOf({ keypoints: { x, y, visible } }: PosedDetection): Keypoint[] {
  return x.map((one, at) => ({ x: one, y: y[at] as number, visible: visible?.[at] ?? null }))
}

/** As Ultralytics' plots: what is less sure is not drawn. */
export function isDrawn({ visible }: Keypoint): boolean {
  return visible === null || visible >= 0.25
}

/** What COCO calls the 17 keypoints of a person, in its order: models of that many are trained on it. */
const PERSON = [
  'nose',
  'left_eye',
  'right_eye',
  'left_ear',
  'right_ear',
  'left_shoulder',
  'right_shoulder',
  'left_elbow',
  'right_elbow',
  'left_wrist',
  'right_wrist',
  'left_hip',
  'right_hip',
  'left_knee',
  'right_knee',
  'left_ankle',
  'right_ankle',
]

/** Pairs of COCO's keypoints, numbered from 1, that are tied by a limb. */
const PERSON_SKELETON: readonly (readonly [number, number])[] = [
  [16, 14],
  [14, 12],
  [17, 15],
  [15, 13],
  [12, 13],
  [6, 12],
  [7, 13],
  [6, 7],
  [6, 8],
  [7, 9],
  [8, 10],
  [9, 11],
  [2, 3],
  [1, 2],
  [1, 3],
  [2, 4],
  [3, 5],
  [4, 6],
  [5, 7],
]

/** A model's file says how many keypoints there are, and not what they are called. */
export function keypointNames(count: number): string[] {
  return count === PERSON.length ? PERSON : Array.from({ length: count }, (_, at) => String(at))
}

export function skeletonOf(count: number): readonly (readonly [number, number])[] {
  return count === PERSON.length ? PERSON_SKELETON : []
}
