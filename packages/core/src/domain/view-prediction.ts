import {
  CANDIDATE_WIDTH,
  type Candidates,
  CLASS,
  CONFIDENCE,
  ORIENTED_WIDTH,
  posedWidth,
  unpackCandidates,
} from './candidates.ts'
import { toCocoRle } from './coco-rle.ts'
import { fitLetterbox, type Letterbox, toImageX, toImageY } from './letterbox.ts'
import { decodeMask, type Mask, unpackMasks } from './mask.ts'
import { outlineOf } from './mask-outline.ts'
import { suppress } from './non-max-suppression.ts'
import type { Params } from './params.ts'
import type {
  Detection,
  MaskedDetection,
  OrientedDetection,
  PosedDetection,
  PredictionItem,
  PredictionView,
  SegmentedDetection,
  Stored,
  StoredPrediction,
} from './prediction.ts'
import { suppressRotated } from './rotated-suppression.ts'
import type { Size } from './size.ts'

/** A stored prediction as a client sees it under some parameters. Pure: the model is not run. */
export function viewPrediction(stored: StoredPrediction, params: Params, image: Size): PredictionView {
  const predictions = itemsOf(stored, params, image)
  const [top] = predictions
  return { prediction: top?.name ?? null, confidence: top?.confidence ?? null, predictions }
}

function itemsOf(stored: StoredPrediction, params: Params, image: Size): PredictionItem[] {
  switch (stored.task) {
    case 'classify':
      return stored.top
    case 'detect':
      return detectionsOf(stored, params, image)
    case 'segment':
      return segmentedOf(stored, params, image)
    case 'pose':
      return posedOf(stored, params, image)
    case 'obb':
      return orientedOf(stored, params)
  }
}

function detectionsOf(stored: Stored<'detect'>, params: Params, image: Size): Detection[] {
  const candidates = unpackCandidates(stored.candidates)
  return suppress(candidates, applicable(params, stored)).map((row) =>
    detectionAt(candidates, row * CANDIDATE_WIDTH, stored, image),
  )
}

/** A candidate whose mask has no pixel is left out last, as Ultralytics does: `max_det` counts it. */
function segmentedOf(
  stored: Stored<'segment'>,
  params: Params,
  image: Size,
): (SegmentedDetection | MaskedDetection)[] {
  const candidates = unpackCandidates(stored.candidates)
  const masks = unpackMasks(stored.masks)
  const letterbox = fitLetterbox(image, stored.input)
  return suppress(candidates, applicable(params, stored)).flatMap((row) => {
    const mask = decodeMask(masks[row] as Uint8Array)
    if (mask.bits.length === 0) return []
    const detection = detectionAt(candidates, row * CANDIDATE_WIDTH, stored, image)
    if (params.masks === 'rle') return { ...detection, mask: toCocoRle(mask, letterbox, image) }
    return { ...detection, segments: segmentsOf(mask, letterbox, image) }
  })
}

function segmentsOf(mask: Mask, letterbox: Letterbox, image: Size): SegmentedDetection['segments'] {
  const outline = outlineOf(mask)
  return {
    x: outline.map(({ x }) => round(clamp(toImageX(x, letterbox), image.width))),
    y: outline.map(({ y }) => round(clamp(toImageY(y, letterbox), image.height))),
  }
}

function posedOf(stored: Stored<'pose'>, params: Params, image: Size): PosedDetection[] {
  const candidates = unpackCandidates(stored.candidates)
  const width = posedWidth(stored.keypoints)
  return suppress(candidates, applicable(params, stored), width).map((row) => {
    const at = row * width
    const keypoints = keypointsAt(candidates, at + CANDIDATE_WIDTH, stored, image)
    return { ...detectionAt(candidates, at, stored, image), keypoints }
  })
}

function keypointsAt(
  candidates: Candidates,
  at: number,
  { keypoints: { count, numbers } }: Stored<'pose'>,
  image: Size,
): PosedDetection['keypoints'] {
  const every = (offset: number) =>
    Array.from({ length: count }, (_, keypoint) => candidates[at + keypoint * numbers + offset] as number)
  return {
    x: every(0).map((x) => round(clamp(x, image.width))),
    y: every(1).map((y) => round(clamp(y, image.height))),
    ...(numbers === 3 ? { visible: every(2).map(round) } : {}),
  }
}

function orientedOf(stored: Stored<'obb'>, params: Params): OrientedDetection[] {
  const candidates = unpackCandidates(stored.candidates)
  return suppressRotated(candidates, applicable(params, stored)).map((row) => {
    const at = row * ORIENTED_WIDTH
    return { ...classAt(candidates, at, stored), box: cornersAt(candidates, at) }
  })
}

/** In the order of Ultralytics' xywhr2xyxyxyxy: from the corner at the box's own lower right, round by its upper right. */
function cornersAt(candidates: Candidates, at: number): OrientedDetection['box'] {
  const x = candidates[at] as number
  const y = candidates[at + 1] as number
  const halfWidth = (candidates[at + 2] as number) / 2
  const halfHeight = (candidates[at + 3] as number) / 2
  const angle = candidates[at + CANDIDATE_WIDTH] as number
  const along = { x: halfWidth * Math.cos(angle), y: halfWidth * Math.sin(angle) }
  const across = { x: -halfHeight * Math.sin(angle), y: halfHeight * Math.cos(angle) }
  return {
    x1: round(x + along.x + across.x),
    y1: round(y + along.y + across.y),
    x2: round(x + along.x - across.x),
    y2: round(y + along.y - across.y),
    x3: round(x - along.x - across.x),
    y3: round(y - along.y - across.y),
    x4: round(x - along.x + across.x),
    y4: round(y - along.y + across.y),
  }
}

/** What the model suppressed itself is not suppressed again. */
function applicable(params: Params, { suppressed }: { suppressed?: true | undefined }): Params {
  return suppressed ? { ...params, iou: Number.POSITIVE_INFINITY } : params
}

interface Named {
  names: Record<string, string>
}

function detectionAt(candidates: Candidates, at: number, stored: Named, image: Size): Detection {
  return {
    ...classAt(candidates, at, stored),
    box: {
      x1: round(clamp(candidates[at] as number, image.width)),
      y1: round(clamp(candidates[at + 1] as number, image.height)),
      x2: round(clamp(candidates[at + 2] as number, image.width)),
      y2: round(clamp(candidates[at + 3] as number, image.height)),
    },
  }
}

function classAt(candidates: Candidates, at: number, { names }: Named): Omit<Detection, 'box'> {
  const classNumber = candidates[at + CLASS] as number
  return {
    name: names[classNumber] ?? String(classNumber),
    class: classNumber,
    confidence: round(candidates[at + CONFIDENCE] as number),
  }
}

const clamp = (pixels: number, limit: number) => Math.min(Math.max(pixels, 0), limit)

/** Five decimals, as Ultralytics' `summary()`. */
export function round(value: number): number {
  return Math.round(value * 1e5) / 1e5
}
