import { z } from 'zod'
import { Box } from './box.ts'
import { CocoRle } from './coco-rle.ts'

/** The five things a YOLOv8 model can be made for. */
export const Task = z.enum(['classify', 'detect', 'segment', 'pose', 'obb'])
export type Task = z.output<typeof Task>

export const Classification = z
  .object({ name: z.string(), class: z.int(), confidence: z.number() })
  .meta({ id: 'Classification' })
export type Classification = z.output<typeof Classification>

const Coordinates = z.array(z.number())

export const Detection = z
  .object({ name: z.string(), class: z.int(), confidence: z.number(), box: Box })
  .meta({ id: 'Detection' })
export type Detection = z.output<typeof Detection>

/** A detection and the outline of its mask: the corners of one polygon. */
export const SegmentedDetection = Detection.extend({
  segments: z.object({ x: Coordinates, y: Coordinates }),
}).meta({ id: 'SegmentedDetection' })
export type SegmentedDetection = z.output<typeof SegmentedDetection>

/** A detection and its mask. */
export const MaskedDetection = Detection.extend({ mask: CocoRle }).meta({ id: 'MaskedDetection' })
export type MaskedDetection = z.output<typeof MaskedDetection>

/** A detection and its keypoints, in the model's order. */
export const PosedDetection = Detection.extend({
  keypoints: z.object({
    x: Coordinates,
    y: Coordinates,
    visible: Coordinates.optional().describe('How surely each is to be seen, 0 to 1; not of every model.'),
  }),
}).meta({ id: 'PosedDetection' })
export type PosedDetection = z.output<typeof PosedDetection>

/** Four corners in pixels of the image, in turn. They may lie outside it. */
export const OrientedBox = z.object({
  x1: z.number(),
  y1: z.number(),
  x2: z.number(),
  y2: z.number(),
  x3: z.number(),
  y3: z.number(),
  x4: z.number(),
  y4: z.number(),
})
export type OrientedBox = z.output<typeof OrientedBox>

export const OrientedDetection = Detection.extend({ box: OrientedBox }).meta({ id: 'OrientedDetection' })
export type OrientedDetection = z.output<typeof OrientedDetection>

/**
 * One item of a prediction, in the shape of Ultralytics' `Results.summary()`. What says most stands
 * first: who parses takes the first that fits, and leaves out the rest.
 */
export const PredictionItem = z.union([
  OrientedDetection,
  PosedDetection,
  SegmentedDetection,
  MaskedDetection,
  Detection,
  Classification,
])
export type PredictionItem = z.output<typeof PredictionItem>

/** What a client sees of a prediction under some parameters. */
export interface PredictionView {
  /** The surest item's name; null when nothing was detected. */
  prediction: string | null
  confidence: number | null
  predictions: PredictionItem[]
}

const StoredDetections = z.object({
  /** The names of the classes that occur among the candidates, by class number. */
  names: z.record(z.string(), z.string()),
  /** Base64 of packed candidates: see `candidates.ts`. */
  candidates: z.string(),
  /** The model suppresses by itself, so that `iou` has nothing to say. */
  suppressed: z.literal(true).optional(),
})

/**
 * What is kept of a prediction: enough to answer any `conf`, `iou`, `max_det` and `classes` later
 * without running the model again. What a client sees is always made from it, the first time too, so
 * that looking again under other parameters is the same as having asked with them.
 *
 * Of detect and obb every candidate above the floor is kept, up to a bound. A candidate of segment or
 * pose is too large for that: kept are those that survive suppression at one of IOU_STEPS. Under such an
 * `iou` nothing is lost; between two of them a candidate that only a chain of overlaps would bring back
 * may be missing; above the highest, so are the twins that it removed.
 */
export const StoredPrediction = z.discriminatedUnion('task', [
  z.object({ task: z.literal('classify'), top: z.array(Classification) }),
  StoredDetections.extend({ task: z.literal('detect') }),
  StoredDetections.extend({
    task: z.literal('segment'),
    /** Base64 of a mask for each candidate, in pixels of the model's input: see `mask.ts`. */
    masks: z.string(),
    /** The size of that input: with it and the image's, the letterbox is known. */
    input: z.object({ width: z.int(), height: z.int() }),
  }),
  StoredDetections.extend({
    task: z.literal('pose'),
    keypoints: z.object({ count: z.int(), numbers: z.union([z.literal(2), z.literal(3)]) }),
  }),
  StoredDetections.extend({ task: z.literal('obb') }),
])
export type StoredPrediction = z.output<typeof StoredPrediction>
/** What is kept of a task's prediction. */
export type Stored<T extends Task> = Extract<StoredPrediction, { task: T }>

/** Candidates below this confidence are not kept. */
export const CANDIDATE_FLOOR = 0.01
/** At most this many candidates are kept, the surest first. */
export const MAX_CANDIDATES = 3000
/** Of segment and pose kept are the survivors at these, before others those at the default, then as far as there is room. */
export const IOU_STEPS: readonly number[] = [0.7, 0.5, 0.3, 0.9, 0.1]
/** At most so many candidates have a mask: as many as `max_det` shows, unless it is raised. */
export const MAX_MASKS = 300
/** A record must stay well below the 2 MB that Cosmos DB takes; base64 adds a third to these. */
export const MAX_MASK_BYTES = 384 * 1024
export const MAX_KEYPOINT_BYTES = 256 * 1024
/** A classify prediction shows this many classes, the surest first. */
export const TOP_CLASSES = 5
