import { z } from 'zod'

/** The five things a YOLOv8 model can be made for. */
export const Task = z.enum(['classify', 'detect', 'segment', 'pose', 'obb'])
export type Task = z.output<typeof Task>

/** Corners in pixels of the image as a person sees it (EXIF orientation applied), origin top left. */
export const Box = z.object({ x1: z.number(), y1: z.number(), x2: z.number(), y2: z.number() })
export type Box = z.output<typeof Box>

export const Classification = z
  .object({ name: z.string(), class: z.int(), confidence: z.number() })
  .meta({ id: 'Classification' })
export type Classification = z.output<typeof Classification>

export const Detection = z
  .object({ name: z.string(), class: z.int(), confidence: z.number(), box: Box })
  .meta({ id: 'Detection' })
export type Detection = z.output<typeof Detection>

/** One item of a prediction, in the shape of Ultralytics' `Results.summary()`. */
export const PredictionItem = z.union([Detection, Classification])
export type PredictionItem = z.output<typeof PredictionItem>

/** What a client sees of a prediction under some parameters. */
export interface PredictionView {
  /** The surest item's name; null when nothing was detected. */
  prediction: string | null
  confidence: number | null
  predictions: PredictionItem[]
}

/**
 * What is kept of a prediction: enough to answer any `conf`, `iou`, `max_det` and `classes` later
 * without running the model again.
 */
export const StoredPrediction = z.discriminatedUnion('task', [
  z.object({ task: z.literal('classify'), top: z.array(Classification) }),
  z.object({
    task: z.literal('detect'),
    /** The names of the classes that occur among the candidates, by class number. */
    names: z.record(z.string(), z.string()),
    /** Base64 of packed candidates: see `candidates.ts`. */
    candidates: z.string(),
  }),
])
export type StoredPrediction = z.output<typeof StoredPrediction>

/** Candidates below this confidence are not kept. */
export const CANDIDATE_FLOOR = 0.01
/** At most this many candidates are kept, the surest first. */
export const MAX_CANDIDATES = 3000
/** A classify prediction shows this many classes, the surest first. */
export const TOP_CLASSES = 5
