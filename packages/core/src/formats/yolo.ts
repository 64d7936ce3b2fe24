import type { PredictionItem } from '../domain/prediction.ts'
import type { Size } from '../domain/size.ts'
import {
  boundsOf,
  type Corner,
  cornersOf,
  isLocated,
  isMasked,
  isOriented,
  isPosed,
  isSegmented,
} from './detections.ts'
import { keypointsOf } from './keypoints.ts'
import type { PredictedJob } from './predicted-job.ts'
import { areaOf, pointsOf, ringsOf } from './rings.ts'

/**
 * Labels as Ultralytics' `Results.save_txt` writes them, one line for each item: of a detection its class and
 * then, in parts of the image's width and height, centre and size of the box, or the corners of the
 * outline or of the rotated box; keypoints follow a box. Of a classification: probability and name.
 * https://github.com/ultralytics/ultralytics/blob/v8.4.0/ultralytics/engine/results.py
 *
 * @param options.saveConf whether each detection ends with its confidence, which labels to train from have not
 */
export function toYolo({ predictions, image }: PredictedJob, { saveConf = false } = {}): string {
  return predictions.map((item) => lineOf(item, image, saveConf)).join('')
}

function lineOf(item: PredictionItem, image: Size, saveConf: boolean): string {
  if (!isLocated(item)) return `${item.confidence.toFixed(2)} ${item.name}\n`
  const numbers = numbersOf(item, image)
  // An outline of two points is no polygon: `save_txt` leaves it out too.
  if (isMaskLike(item) && numbers.length < 6) return ''
  return `${[item.class, ...numbers, ...(saveConf ? [item.confidence] : [])].map(toG).join(' ')}\n`
}

function numbersOf(item: PredictionItem, image: Size): number[] {
  if (!isLocated(item)) return []
  if (isOriented(item)) return partsOf(cornersOf(item), image)
  if (isSegmented(item)) return partsOf(pointsOf(item), image)
  // One line is one polygon: of a mask in several parts, the largest.
  if (isMasked(item)) return partsOf(ringsOf(item).toSorted((a, b) => areaOf(b) - areaOf(a))[0] ?? [], image)
  const box = boundsOf(item, image)
  const centre = { x: (box.x1 + box.x2) / 2, y: (box.y1 + box.y2) / 2 }
  const size = { x: box.x2 - box.x1, y: box.y2 - box.y1 }
  const keypoints = isPosed(item) ? keypointsOf(item) : []
  return [
    ...partsOf([centre, size], image),
    ...keypoints.flatMap((point) => [
      ...partsOf([point], image),
      ...(point.visible === null ? [] : [point.visible]),
    ]),
  ]
}

const isMaskLike = (item: PredictionItem) => isSegmented(item) || isMasked(item)

const partsOf = (points: readonly Corner[], { width, height }: Size) =>
  points.flatMap(({ x, y }) => [x / width, y / height])

/** As C prints `%g`: six digits that count, without zeros at the end. */
function toG(value: number): string {
  const exponent = value === 0 ? 0 : Number(value.toExponential(5).split('e')[1])
  if (exponent >= -4 && exponent < 6) return String(Number(value.toPrecision(6)))
  const [digits, power] = value.toExponential(5).split('e') as [string, string]
  return `${Number(digits)}e${power[0]}${power.slice(1).padStart(2, '0')}`
}
