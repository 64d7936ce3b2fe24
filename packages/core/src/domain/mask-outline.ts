import type { Mask } from './mask.ts'

/** A pixel of the model's input. */
export interface Point {
  x: number
  y: number
}

/**
 * The outline of a mask as one polygon, in the pixels and the order of Ultralytics' `masks2segments`:
 * the outer borders of its parts, holes left out, joined where they are nearest to each other. Corners
 * are centres of border pixels.
 */
export function outlineOf(mask: Mask): Point[] {
  return joinOutlines(outlinesOf(mask))
}

/**
 * OpenCV's findContours with RETR_EXTERNAL and CHAIN_APPROX_SIMPLE, the last found first: border
 * following after Suzuki and Abe (1985), https://doi.org/10.1016/0734-189X(85)90016-7, as in
 * https://github.com/opencv/opencv/blob/4.10.0/modules/imgproc/src/contours.cpp
 */
export function outlinesOf({ bits, width, height, left, top }: Mask): Point[][] {
  const stride = width + 2
  const labels = new Int8Array(stride * (height + 2))
  for (let y = 0; y < height; y++) labels.set(bits.subarray(y * width, (y + 1) * width), (y + 1) * stride + 1)

  const outlines: Point[][] = []
  const offset = { x: left - 1, y: top - 1 }
  for (let y = 1; y <= height; y++) {
    const row = y * stride
    let before = 0
    // Of the last border that was crossed in this row: above zero, we are within what is traced already.
    let lastBorder = 0
    for (let x = 1; x <= width; x++) {
      const label = labels[row + x] as number
      if (label === before) continue
      if (before === 0 && label === INSIDE && (labels[row + lastBorder] as number) <= 0) {
        outlines.push(traceOutline(labels, stride, { x, y }, offset))
        lastBorder = x
        before = labels[row + x] as number
        continue
      }
      before = label
      if ((before & ~1) !== 0) lastBorder = x
    }
  }
  return outlines.toReversed()
}

const INSIDE = 1
const BORDER = 2
/** A border pixel with background to its right. */
const RIGHT_BORDER = BORDER - 128

/** Neighbours counter-clockwise, the one to the right first. */
const STEP_X = [1, 1, 0, -1, -1, -1, 0, 1]
const STEP_Y = [0, -1, -1, -1, 0, 1, 1, 1]
const LEFT = 4

/** Follows the border of a part from its first pixel, marks it, and keeps where the direction changes. */
function traceOutline(labels: Int8Array, stride: number, start: Point, offset: Point): Point[] {
  const steps = STEP_X.map((stepX, direction) => stepX + (STEP_Y[direction] as number) * stride)
  const neighbour = (at: number, direction: number) => at + (steps[direction & 7] as number)
  const first = start.y * stride + start.x

  let direction = LEFT
  let last: number
  do {
    direction = (direction - 1) & 7
    last = neighbour(first, direction)
  } while (labels[last] === 0 && direction !== LEFT)
  if (direction === LEFT) {
    labels[first] = RIGHT_BORDER
    return [{ x: start.x + offset.x, y: start.y + offset.y }]
  }

  const outline: Point[] = []
  let { x, y } = start
  let keptDirection = direction ^ LEFT
  for (let at = first; ; ) {
    do direction++
    while (labels[neighbour(at, direction)] === 0)
    const next = neighbour(at, direction)
    const isPastRight = direction > 8
    direction &= 7
    if (isPastRight) labels[at] = RIGHT_BORDER
    else if (labels[at] === INSIDE) labels[at] = BORDER
    if (direction !== keptDirection) {
      outline.push({ x: x + offset.x, y: y + offset.y })
      keptDirection = direction
    }
    x += STEP_X[direction] as number
    y += STEP_Y[direction] as number
    if (next === first && at === last) return outline
    at = next
    direction = (direction + LEFT) & 7
  }
}

/**
 * Ultralytics' merge_multi_segment: each part is tied to the next where the two are nearest, on the way
 * there through the first half of the parts between, on the way back through the second.
 * https://github.com/ultralytics/ultralytics/blob/v8.4.0/ultralytics/data/converter.py
 */
function joinOutlines(outlines: Point[][]): Point[] {
  const [only] = outlines
  if (!only) return []
  if (outlines.length === 1) return only
  const ties = outlines.slice(1).map((outline, at) => nearestOf(outlines[at] as Point[], outline))
  const there: Point[][] = []
  const back: Point[][] = []
  outlines.forEach((outline, at) => {
    const enter = ties[at - 1]?.second
    const leave = ties[at]?.first
    if (enter === undefined) there.push(closedFrom(outline, leave ?? 0))
    else if (leave === undefined) there.push(closedFrom(outline, enter))
    else {
      const isReversed = enter > leave
      const points = isReversed ? outline.toReversed() : outline
      const closed = closedFrom(points, isReversed ? outline.length - 1 - enter : enter)
      const half = Math.abs(leave - enter)
      there.push(closed.slice(0, half + 1))
      back.unshift(closed.slice(half))
    }
  })
  return [...there, ...back].flat()
}

/** The outline begun at one of its points, and ended there. */
function closedFrom(outline: Point[], at: number): Point[] {
  return [...outline.slice(at), ...outline.slice(0, at + 1)]
}

/** Which point of each of the two is nearest to the other; the first such pair. */
function nearestOf(a: Point[], b: Point[]): { first: number; second: number } {
  let nearest = { first: 0, second: 0 }
  let least = Number.POSITIVE_INFINITY
  a.forEach((one, first) => {
    b.forEach((other, second) => {
      const squared = (one.x - other.x) ** 2 + (one.y - other.y) ** 2
      if (squared < least) {
        least = squared
        nearest = { first, second }
      }
    })
  })
  return nearest
}
