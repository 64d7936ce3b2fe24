import { fromCocoRle } from '../domain/coco-rle.ts'
import { outlinesOf } from '../domain/mask-outline.ts'
import type { MaskedDetection, SegmentedDetection } from '../domain/prediction.ts'
import { type Corner, isMasked } from './detections.ts'

/** The corners of one part of a mask, in turn; the last is tied to the first. Holes are left out. */
export type Ring = readonly Corner[]

/** The parts of a mask that have an area. */
export function ringsOf(item: SegmentedDetection | MaskedDetection): Ring[] {
  const outlines = isMasked(item) ? outlinesOfMask(item) : [pointsOf(item)]
  return outlines.flatMap(takeApart).filter((ring) => areaOf(ring) > 0)
}

export function pointsOf({ segments }: SegmentedDetection): Corner[] {
  return segments.x.map((x, at) => ({ x, y: segments.y[at] as number }))
}

/** By the shoelace formula, whichever way round it goes. */
export function areaOf(ring: Ring): number {
  return Math.abs(signedAreaOf(ring))
}

/** Above zero when the ring turns from the x axis to the y axis. */
export function signedAreaOf(ring: Ring): number {
  let twice = 0
  let last = ring.at(-1)
  for (const corner of ring) {
    if (last) twice += last.x * corner.y - corner.x * last.y
    last = corner
  }
  return twice / 2
}

/** A mask of more pixels is followed less closely, so that no image takes long. */
const MAX_FOLLOWED_PIXELS = 1_000_000

function outlinesOfMask({ mask: rle, box }: MaskedDetection): Corner[][] {
  const pixels = Math.max(1, (box.x2 - box.x1) * (box.y2 - box.y1))
  const step = Math.ceil(Math.sqrt(pixels / MAX_FOLLOWED_PIXELS))
  const toImage = ({ x, y }: Corner) => ({ x: x * step, y: y * step })
  return outlinesOf(fromCocoRle(rle, step)).map((outline) => outline.map(toImage))
}

/**
 * One outline as rings that do not meet themselves: the parts it ties together, without the ties. What
 * lies between two visits of a point is a ring of its own.
 */
function takeApart(outline: readonly Corner[]): Ring[] {
  const rings: Ring[] = []
  const path: Corner[] = []
  const placeOf = new Map<string, number>()
  for (const corner of outline) {
    const place = placeOf.get(nameOf(corner))
    if (place === undefined) {
      placeOf.set(nameOf(corner), path.push(corner) - 1)
      continue
    }
    const ring = path.splice(place + 1)
    for (const one of ring) placeOf.delete(nameOf(one))
    rings.push([corner, ...ring])
  }
  return [...rings, path].filter((ring) => ring.length > 2)
}

const nameOf = ({ x, y }: Corner) => `${x} ${y}`
