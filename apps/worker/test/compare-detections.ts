import type { Box, Detection } from '@lupa/core/domain/prediction'

/** What Ultralytics said of a picture. */
export interface Golden {
  width: number
  height: number
  conf?: number
  iou?: number
  predictions?: Detection[]
  top1?: string
  probs?: number[]
}

/** How close is close, by how much the picture is scaled down: as ../shared/models/README.md says. */
export interface Tolerance {
  iou: number
  confidence: number
  /** Golden predictions from here on must be found, */
  mustFind: number
  /** and ours from here on must be golden. */
  mustBeKnown: number
}
export const SAME_SIZE: Tolerance = { iou: 0.99, confidence: 0.005, mustFind: 0.25, mustBeKnown: 0.25 }
const SCALED: Tolerance = { iou: 0.9, confidence: 0.08, mustFind: 0.4, mustBeKnown: 0.48 }
export const SCALED_FAR: Tolerance = { iou: 0.85, confidence: 0.12, mustFind: 0.4, mustBeKnown: 0.48 }

/** Golden detections, if sure enough, without one of ours where they are. */
export function notFound(
  theirs: Detection[],
  ours: Detection[],
  { mustFind, iou, confidence }: Tolerance,
): string[] {
  return theirs
    .filter((their) => their.confidence >= mustFind)
    .map((their) => ({ their, ...closest(their, ours) }))
    .filter((match) => match.overlap < iou || match.difference > confidence)
    .map(({ their, ...match }) => `${their.name} ${their.confidence}: ${JSON.stringify(match)}`)
}

/** Our detections, if sure enough, without a golden one where they are. */
export function oursAlone(theirs: Detection[], ours: Detection[], { mustBeKnown, iou }: Tolerance): string[] {
  return ours
    .filter((our) => our.confidence >= mustBeKnown && closest(our, theirs).overlap < iou)
    .map((our) => `${our.name} ${our.confidence}`)
}

export function toleranceFor(picture: string, { width, height }: Golden): Tolerance {
  const side = Math.max(width, height)
  if (picture.includes('exact640')) return SAME_SIZE
  if (side <= 1280) return SCALED
  return SCALED_FAR
}

/** How near the nearest of the same class comes, in place and in confidence. */
function closest(wanted: Detection, among: Detection[]): { overlap: number; difference: number } {
  return among
    .filter((other) => other.class === wanted.class)
    .map((other) => ({
      overlap: overlapOf(other.box, wanted.box),
      difference: Math.abs(other.confidence - wanted.confidence),
    }))
    .reduce((best, other) => (other.overlap > best.overlap ? other : best), { overlap: 0, difference: 1 })
}

function overlapOf(a: Box, b: Box): number {
  const shared =
    Math.max(0, Math.min(a.x2, b.x2) - Math.max(a.x1, b.x1)) *
    Math.max(0, Math.min(a.y2, b.y2) - Math.max(a.y1, b.y1))
  return shared / (area(a) + area(b) - shared)
}

const area = (box: Box) => (box.x2 - box.x1) * (box.y2 - box.y1)
