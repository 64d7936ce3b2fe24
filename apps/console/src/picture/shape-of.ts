import type { PredictionItem } from '@lupa/core/domain/prediction'
import { cornersOf, isLocated, isOriented, isPosed, isSegmented } from '@lupa/core/formats/detections'
import { isDrawn, keypointsOf, skeletonOf } from '@lupa/core/formats/keypoints'

export interface Point {
  x: number
  y: number
}

/** What is drawn of one detection, in pixels of the picture. */
export interface Shape {
  /** Of its box, or its own corners where that is rotated. */
  outline: Point[]
  /** Of its mask: one ring, which may touch itself. */
  mask: Point[] | null
  keypoints: Point[]
  /** Between keypoints that belong together. */
  bones: [Point, Point][]
}

/** Null for what has no place in the picture: a classification. */
export function shapeOf(item: PredictionItem): Shape | null {
  if (!isLocated(item)) return null
  const { x1, y1, x2, y2 } = item.box
  const outline: Point[] = isOriented(item)
    ? cornersOf(item)
    : [
        { x: x1, y: y1 },
        { x: x2, y: y1 },
        { x: x2, y: y2 },
        { x: x1, y: y2 },
      ]
  const mask = isSegmented(item) ? toPoints(item.segments) : []
  const keypoints = isPosed(item) ? keypointsOf(item) : []
  return {
    outline,
    mask: mask.length > 2 ? mask : null,
    keypoints: keypoints.filter(isDrawn),
    bones: skeletonOf(keypoints.length).flatMap(([from, to]): [Point, Point][] => {
      const one = keypoints[from - 1]
      const other = keypoints[to - 1]
      return one && other && isDrawn(one) && isDrawn(other) ? [[one, other]] : []
    }),
  }
}

function toPoints({ x, y }: { x: number[]; y: number[] }): Point[] {
  return x.map((at, index) => ({ x: at, y: y[index] as number }))
}

/** For SVG's `points`. */
export function toPointList(points: readonly Point[]): string {
  return points.map(({ x, y }) => `${tidy(x)},${tidy(y)}`).join(' ')
}

const tidy = (value: number) => Math.round(value * 10) / 10
