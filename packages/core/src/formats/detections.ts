import type { Box } from '../domain/box.ts'
import type {
  Detection,
  MaskedDetection,
  OrientedDetection,
  PosedDetection,
  PredictionItem,
  SegmentedDetection,
} from '../domain/prediction.ts'
import type { Size } from '../domain/size.ts'

/** An item that says where in the image it is. */
export type Located = Detection | SegmentedDetection | MaskedDetection | PosedDetection | OrientedDetection

export function isLocated(item: PredictionItem): item is Located {
  return 'box' in item
}

export function isOriented(item: PredictionItem): item is OrientedDetection {
  return isLocated(item) && 'x3' in item.box
}

export function isPosed(item: PredictionItem): item is PosedDetection {
  return 'keypoints' in item
}

export function isSegmented(item: PredictionItem): item is SegmentedDetection {
  return 'segments' in item
}

export function isMasked(item: PredictionItem): item is MaskedDetection {
  return 'mask' in item
}

export interface Corner {
  x: number
  y: number
}

export function cornersOf({ box }: OrientedDetection): [Corner, Corner, Corner, Corner] {
  return [
    { x: box.x1, y: box.y1 },
    { x: box.x2, y: box.y2 },
    { x: box.x3, y: box.y3 },
    { x: box.x4, y: box.y4 },
  ]
}

/** The upright box around an item, as far as it is in the image. */
export function boundsOf(item: Located, image: Size): Box {
  const corners = isOriented(item) ? cornersOf(item) : diagonalOf(item)
  const xs = corners.map(({ x }) => clamp(x, image.width))
  const ys = corners.map(({ y }) => clamp(y, image.height))
  return { x1: Math.min(...xs), y1: Math.min(...ys), x2: Math.max(...xs), y2: Math.max(...ys) }
}

function diagonalOf({ box }: Detection): [Corner, Corner] {
  return [
    { x: box.x1, y: box.y1 },
    { x: box.x2, y: box.y2 },
  ]
}

const clamp = (pixels: number, limit: number) => Math.min(Math.max(pixels, 0), limit)
