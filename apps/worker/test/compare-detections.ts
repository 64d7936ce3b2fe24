import type { Box } from '@lupa/core/domain/box'
import type {
  Detection,
  OrientedBox,
  OrientedDetection,
  PosedDetection,
  SegmentedDetection,
} from '@lupa/core/domain/prediction'
import { fillPolygon } from '../../../packages/core/test/masks/fill-polygon.ts'

/** What Ultralytics said of a picture. */
export interface Golden {
  width: number
  height: number
  conf?: number
  iou?: number
  predictions?: Found[]
  top1?: string
  probs?: number[]
}

/** A detection of any task. */
export type Found = Detection | SegmentedDetection | PosedDetection | OrientedDetection

/** How close is close, by how much the picture is scaled down: as ../shared/models/README.md says. */
export interface Tolerance {
  iou: number
  obbIou: number
  maskIou: number
  confidence: number
  /** Pixels of the image between two keypoints. */
  keypoint: number
  /** Golden predictions from here on must be found, */
  mustFind: number
  /** and ours from here on must be golden. */
  mustBeKnown: number
}
export const SAME_SIZE: Tolerance = {
  iou: 0.99,
  obbIou: 0.97,
  maskIou: 0.96,
  confidence: 0.005,
  keypoint: 0.5,
  mustFind: 0.25,
  mustBeKnown: 0.25,
}
export const SCALED: Tolerance = {
  iou: 0.9,
  obbIou: 0.9,
  maskIou: 0.9,
  confidence: 0.08,
  keypoint: 3,
  mustFind: 0.4,
  mustBeKnown: 0.48,
}
export const SCALED_FAR: Tolerance = { ...SCALED, iou: 0.85, obbIou: 0.85, maskIou: 0.85, confidence: 0.12 }

/** Golden detections, if sure enough, without one of ours where they are. */
export function notFound(theirs: Found[], ours: Found[], tolerance: Tolerance): string[] {
  return theirs
    .filter((their) => their.confidence >= tolerance.mustFind)
    .map((their) => ({ their, ...closest(their, ours) }))
    .filter((match) => !isClose(match, tolerance))
    .map(({ their, ...match }) => `${their.name} ${their.confidence}: ${JSON.stringify(match)}`)
}

/** Our detections, if sure enough, without a golden one where they are. */
export function oursAlone(theirs: Found[], ours: Found[], tolerance: Tolerance): string[] {
  return ours
    .filter((our) => our.confidence >= tolerance.mustBeKnown)
    .filter((our) => closest(our, theirs).overlap < overlapWanted(our, tolerance))
    .map((our) => `${our.name} ${our.confidence}`)
}

export function toleranceFor(picture: string, { width, height }: Golden): Tolerance {
  const side = Math.max(width, height)
  if (picture.includes('-exact')) return SAME_SIZE
  if (side <= 1280) return SCALED
  return SCALED_FAR
}

/** How near a detection of the same class comes. */
interface Match {
  overlap: number
  overlapWanted: (tolerance: Tolerance) => number
  difference: number
  /** Of what the task adds: null where it adds nothing. */
  maskOverlap: number | null
  keypointDistance: number | null
}

const NOTHING: Match = {
  overlap: 0,
  overlapWanted: () => 1,
  difference: 1,
  maskOverlap: null,
  keypointDistance: null,
}

function isClose(match: Match, tolerance: Tolerance): boolean {
  return (
    match.overlap >= match.overlapWanted(tolerance) &&
    match.difference <= tolerance.confidence &&
    (match.maskOverlap ?? 1) >= tolerance.maskIou &&
    (match.keypointDistance ?? 0) <= tolerance.keypoint
  )
}

/** The nearest of the same class, in place first. */
function closest(wanted: Found, among: Found[]): Match {
  const [nearest] = among
    .filter((other) => other.class === wanted.class)
    .map((other) => ({ other, overlap: overlapOf(other.box, wanted.box) }))
    .toSorted((a, b) => b.overlap - a.overlap)
  if (!nearest) return NOTHING
  return {
    overlap: nearest.overlap,
    overlapWanted: (tolerance) => overlapWanted(wanted, tolerance),
    difference: Math.abs(nearest.other.confidence - wanted.confidence),
    maskOverlap: maskOverlap(wanted, nearest.other),
    keypointDistance: keypointDistance(wanted, nearest.other),
  }
}

function overlapWanted({ box }: Found, { iou, obbIou }: Tolerance): number {
  return 'x3' in box ? obbIou : iou
}

function overlapOf(a: Box | OrientedBox, b: Box | OrientedBox): number {
  if ('x3' in a && 'x3' in b) return polygonOverlap(toPolygon(a), toPolygon(b))
  const shared =
    Math.max(0, Math.min(a.x2, b.x2) - Math.max(a.x1, b.x1)) *
    Math.max(0, Math.min(a.y2, b.y2) - Math.max(a.y1, b.y1))
  return shared / (area(a) + area(b) - shared)
}

const area = (box: Box) => (box.x2 - box.x1) * (box.y2 - box.y1)

const toPolygon = ({ x1, y1, x2, y2, x3, y3, x4, y4 }: OrientedBox) => ({
  x: [x1, x2, x3, x4],
  y: [y1, y2, y3, y4],
})

function maskOverlap(a: Found, b: Found): number | null {
  if (!('segments' in a)) return null
  return 'segments' in b ? polygonOverlap(a.segments, b.segments) : 0
}

function keypointDistance(a: Found, b: Found): number | null {
  if (!('keypoints' in a)) return null
  if (!('keypoints' in b) || a.keypoints.x.length !== b.keypoints.x.length) return Number.POSITIVE_INFINITY
  const other = b.keypoints
  const distances = a.keypoints.x.map((x, at) =>
    Math.hypot(x - (other.x[at] ?? 0), (a.keypoints.y[at] ?? 0) - (other.y[at] ?? 0)),
  )
  return Math.max(...distances)
}

interface Polygon {
  x: number[]
  y: number[]
}

/** By the pixels that they cover. */
function polygonOverlap(a: Polygon, b: Polygon): number {
  const left = Math.floor(Math.min(...a.x, ...b.x))
  const top = Math.floor(Math.min(...a.y, ...b.y))
  const size = {
    width: Math.ceil(Math.max(...a.x, ...b.x)) - left + 1,
    height: Math.ceil(Math.max(...a.y, ...b.y)) - top + 1,
  }
  const points = ({ x, y }: Polygon) => x.map((one, at) => ({ x: one - left, y: (y[at] ?? 0) - top }))
  const inB = fillPolygon(points(b), size)
  let shared = 0
  let joint = 0
  fillPolygon(points(a), size).forEach((inA, at) => {
    shared += inA & (inB[at] as number)
    joint += inA | (inB[at] as number)
  })
  return joint > 0 ? shared / joint : 0
}
