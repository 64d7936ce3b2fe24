import type { PredictionItem } from '@lupa/core/domain/prediction'

interface Point {
  x: number
  y: number
}

/** The corners of a convex outline, one after the other. */
export type Outline = Point[]

/** The outline of what was found: a box's corners, or those of a rotated box; undefined for a class alone. */
export function outlineOf(item: PredictionItem): Outline | undefined {
  if (!('box' in item)) return undefined
  const box = item.box as unknown as Record<string, number>
  const { x1 = 0, y1 = 0, x2 = 0, y2 = 0, x3, y3, x4, y4 } = box
  if (x3 !== undefined && y3 !== undefined && x4 !== undefined && y4 !== undefined) {
    return clockwise([
      { x: x1, y: y1 },
      { x: x2, y: y2 },
      { x: x3, y: y3 },
      { x: x4, y: y4 },
    ])
  }
  return [
    { x: x1, y: y1 },
    { x: x2, y: y1 },
    { x: x2, y: y2 },
    { x: x1, y: y2 },
  ]
}

/** Shared area over joint area, 0 to 1. Both outlines are clockwise, y pointing down. */
export function overlapOf(a: Outline, b: Outline): number {
  const shared = areaOf(clip(a, b))
  const joint = areaOf(a) + areaOf(b) - shared
  return joint > 0 ? shared / joint : 0
}

/** What of the subject lies within the window, edge by edge of the window (Sutherland and Hodgman). */
function clip(subject: Outline, window: Outline): Outline {
  let left = subject
  window.forEach((start, index) => {
    const end = window[(index + 1) % window.length] ?? start
    const side = ({ x, y }: Point) => (end.x - start.x) * (y - start.y) - (end.y - start.y) * (x - start.x)
    const points = left
    left = points.flatMap((point, at) => {
      const before = points.at(at - 1) ?? point
      const [sideBefore, sidePoint] = [side(before), side(point)]
      const crossing = sideBefore < 0 !== sidePoint < 0 ? [between(before, point, sideBefore, sidePoint)] : []
      return sidePoint < 0 ? crossing : [...crossing, point]
    })
  })
  return left
}

function between(a: Point, b: Point, sideA: number, sideB: number): Point {
  const share = sideA / (sideA - sideB)
  return { x: a.x + (b.x - a.x) * share, y: a.y + (b.y - a.y) * share }
}

const areaOf = (outline: Outline) => Math.abs(signedArea(outline))

function signedArea(outline: Outline): number {
  let sum = 0
  outline.forEach((point, index) => {
    const next = outline[(index + 1) % outline.length] ?? point
    sum += point.x * next.y - next.x * point.y
  })
  return sum / 2
}

const clockwise = (outline: Outline) => (signedArea(outline) < 0 ? outline.toReversed() : outline)
