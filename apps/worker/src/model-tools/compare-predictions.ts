import type { PredictionItem, Task } from '@lupa/core/domain/prediction'
import type {
  ClassAgreement,
  DetectionAgreement,
  ModelComparison,
  PictureAgreement,
} from '@lupa/core/models/model-reports'
import { type Match, matchItems } from './match-items.ts'
import { COCO_OVERLAPS, meanAveragePrecisions } from './mean-average-precision.ts'

/** What both models say of one picture: detections from a low confidence on, or the surest classes. */
export interface PredictionPair {
  picture: string
  float: PredictionItem[]
  quantized: PredictionItem[]
}

type Agreement = Pick<ModelComparison, 'agreement' | 'detections' | 'classes' | 'worst'>

/** From here on a client sees a detection, unless it asks otherwise. */
const CONF = 0.25
/** A detection at the edge of being seen may fall a little below it: confidences differ by about so much. */
const CONF_SLACK = 0.1
const HALF = 0.5
const WORST = 5

/** How far the quantized model says what the float one says. Pure. */
export function comparePredictions(task: Task, pairs: readonly PredictionPair[]): Agreement {
  return task === 'classify' ? compareClasses(pairs) : compareDetections(pairs)
}

function compareClasses(pairs: readonly PredictionPair[]): Agreement {
  const pictures = pairs.map(({ picture, float, quantized }) => {
    const [truth] = float
    const confidence = quantized.find((item) => item.class === truth?.class)?.confidence ?? 0
    return {
      picture,
      agreement: Number(quantized[0]?.class === truth?.class),
      difference: Math.abs((truth?.confidence ?? 0) - confidence),
      float: describe(float.slice(0, 1)),
      quantized: describe(quantized.slice(0, 1)),
    }
  })
  const top1 = mean(pictures.map(({ agreement }) => agreement))
  const classes: ClassAgreement = {
    top1: round(top1),
    confidence_difference: round(mean(pictures.map(({ difference }) => difference))),
  }
  const worst = pictures
    .toSorted((a, b) => a.agreement - b.agreement || b.difference - a.difference)
    .slice(0, WORST)
    .map(({ difference: _, ...picture }) => picture)
  return { agreement: classes.top1, detections: null, classes, worst }
}

function compareDetections(pairs: readonly PredictionPair[]): Agreement {
  const pictures = pairs.map(comparePicture)
  const all = pictures.flatMap(({ matches }) => matches)
  const float = sum(pictures.map(({ seen }) => seen.float.length))
  const quantized = sum(pictures.map(({ seen }) => seen.quantized.length))
  const seen = pairs.map((pair) => ({ truths: pair.float.filter(isSeen), found: pair.quantized }))
  const matched = sum(pictures.map(({ strict }) => strict.length))
  const precisions = meanAveragePrecisions(seen, COCO_OVERLAPS)
  const detections: DetectionAgreement = {
    conf: CONF,
    float,
    quantized,
    matched,
    found: round(float === 0 ? 1 : matched / float),
    map50: round(precisions[0] ?? 0),
    map50_95: round(mean(precisions)),
    confidence_difference: round(
      mean(all.map(({ truth, found }) => Math.abs(truth.confidence - found.confidence))),
    ),
  }
  const worst: PictureAgreement[] = pictures
    .toSorted((a, b) => a.agreement - b.agreement)
    .slice(0, WORST)
    .map(({ picture, agreement, seen: items }) => ({
      picture,
      agreement: round(agreement),
      float: describe(items.float),
      quantized: describe(items.quantized),
    }))
  const agreed = sum(pictures.map((picture) => picture.agreed))
  return { agreement: round(shareOf(agreed, float + quantized)), detections, classes: null, worst }
}

/**
 * What either model shows must be found by the other one too, at least at a confidence a little lower. So a
 * detection that only one has counts once, and one that both have counts twice.
 */
function comparePicture({ picture, float, quantized }: PredictionPair) {
  const seen = { float: float.filter(isSeen), quantized: quantized.filter(isSeen) }
  const strict = matchItems(seen.float, seen.quantized, HALF)
  const matches = matchItems(float.filter(isNearlySeen), quantized.filter(isNearlySeen), HALF)
  const agreed = sum(matches.map(({ truth, found }) => Number(isSeen(truth)) + Number(isSeen(found))))
  const agreement = shareOf(agreed, seen.float.length + seen.quantized.length)
  return { picture, seen, strict, matches: matches.filter(isSeenByEither), agreed, agreement }
}

const isSeen = (item: PredictionItem) => item.confidence >= CONF
const isNearlySeen = (item: PredictionItem) => item.confidence >= CONF - CONF_SLACK
const isSeenByEither = ({ truth, found }: Match) => isSeen(truth) || isSeen(found)

/** Where neither model shows anything, they agree. */
const shareOf = (part: number, whole: number) => (whole === 0 ? 1 : part / whole)

/** `person 0.91, person 0.88, bus 0.52` */
function describe(items: readonly PredictionItem[]): string {
  const shown = items.slice(0, 4).map(({ name, confidence }) => `${name} ${confidence.toFixed(2)}`)
  const more = items.length > shown.length ? [`${items.length - shown.length} more`] : []
  return [...shown, ...more].join(', ') || 'nothing'
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)
const mean = (values: readonly number[]) => (values.length === 0 ? 0 : sum(values) / values.length)
const round = (value: number) => Math.round(value * 1e4) / 1e4
