import type { Box, OrientedBox, PredictionItem } from '@lupa/core/domain/prediction'

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
  /** Between keypoints, by their numbers. */
  bones: [Point, Point][]
  /** Where its label stands: the upper left of what is drawn. */
  anchor: Point
}

/** Below this a keypoint is a guess at what is hidden. */
const SEEN = 0.5

/** COCO's 17 keypoints of a person: https://cocodataset.org/#keypoints-2017 */
const COCO_BONES: readonly [number, number][] = [
  [0, 1],
  [0, 2],
  [1, 3],
  [2, 4],
  [5, 6],
  [5, 7],
  [7, 9],
  [6, 8],
  [8, 10],
  [5, 11],
  [6, 12],
  [11, 12],
  [11, 13],
  [13, 15],
  [12, 14],
  [14, 16],
]

/** Null for what has no place in the picture: a classification. */
export function shapeOf(item: PredictionItem): Shape | null {
  if (!('box' in item)) return null
  const outline = outlineOf(item.box)
  const mask = 'segments' in item ? toPoints(item.segments) : null
  const points = 'keypoints' in item ? toPoints(item.keypoints) : []
  const visible = 'keypoints' in item ? item.keypoints.visible : undefined
  const isSeen = (number: number) => (visible?.[number] ?? 1) >= SEEN
  return {
    outline,
    mask: mask && mask.length > 2 ? mask : null,
    keypoints: points.filter((_, number) => isSeen(number)),
    bones: bonesOf(points.length)
      .filter(([from, to]) => isSeen(from) && isSeen(to))
      .map(([from, to]) => [points[from] as Point, points[to] as Point]),
    anchor: {
      x: Math.min(...outline.map(({ x }) => x)),
      y: Math.min(...outline.map(({ y }) => y)),
    },
  }
}

function outlineOf(box: Box | OrientedBox): Point[] {
  if ('x4' in box) {
    const { x1, y1, x2, y2, x3, y3, x4, y4 } = box
    return [
      { x: x1, y: y1 },
      { x: x2, y: y2 },
      { x: x3, y: y3 },
      { x: x4, y: y4 },
    ]
  }
  const { x1, y1, x2, y2 } = box
  return [
    { x: x1, y: y1 },
    { x: x2, y: y1 },
    { x: x2, y: y2 },
    { x: x1, y: y2 },
  ]
}

/** Which keypoints belong together is known of people; of other models each is drawn to the next, and back. */
function bonesOf(keypoints: number): readonly [number, number][] {
  if (keypoints === 17) return COCO_BONES
  if (keypoints < 2) return []
  const chain = Array.from({ length: keypoints - 1 }, (_, number): [number, number] => [number, number + 1])
  return keypoints > 2 ? [...chain, [keypoints - 1, 0]] : chain
}

function toPoints({ x, y }: { x: number[]; y: number[] }): Point[] {
  return x.map((at, index) => ({ x: at, y: y[index] as number }))
}

/** For SVG's `points`. */
export function toPointList(points: readonly Point[]): string {
  return points.map(({ x, y }) => `${tidy(x)},${tidy(y)}`).join(' ')
}

const tidy = (value: number) => Math.round(value * 10) / 10
