import type { PredictionItem } from '@lupa/core/domain/prediction'
import { findOverlaps, pickMatches } from './match-items.ts'

/** What is true of a picture, and what was found in it. */
export interface Seen {
  truths: PredictionItem[]
  found: PredictionItem[]
}

/** 0.50, 0.55 … 0.95. */
export const COCO_OVERLAPS = Array.from({ length: 10 }, (_, index) => (50 + 5 * index) / 100)

/**
 * COCO's mean average precision at each of the overlaps: for each class that is true somewhere, the mean
 * precision at 101 recalls; then the mean of the classes. 1 when nothing is true and nothing was found.
 * https://cocodataset.org/#detection-eval
 */
export function meanAveragePrecisions(pictures: readonly Seen[], minOverlaps: readonly number[]): number[] {
  const classes = new Set(pictures.flatMap(({ truths }) => truths.map((truth) => truth.class)))
  if (classes.size === 0) {
    return minOverlaps.map(() => (pictures.some(({ found }) => found.length > 0) ? 0 : 1))
  }
  const byClass = [...classes].map((classNumber) =>
    averagePrecisions(ofClass(pictures, classNumber), minOverlaps),
  )
  return minOverlaps.map(
    (_, at) => byClass.reduce((sum, precisions) => sum + (precisions[at] ?? 0), 0) / classes.size,
  )
}

function ofClass(pictures: readonly Seen[], classNumber: number): Seen[] {
  const isOfClass = (item: PredictionItem) => item.class === classNumber
  return pictures.map(({ truths, found }) => ({
    truths: truths.filter(isOfClass),
    found: found.filter(isOfClass),
  }))
}

function averagePrecisions(pictures: readonly Seen[], minOverlaps: readonly number[]): number[] {
  const truths = pictures.reduce((sum, picture) => sum + picture.truths.length, 0)
  const ranked = pictures.flatMap(({ found }) => found).toSorted((a, b) => b.confidence - a.confidence)
  const overlaps = pictures.map((picture) => findOverlaps(picture.truths, picture.found))
  return minOverlaps.map((minOverlap) => {
    const right = new Set(overlaps.flatMap((of) => pickMatches(of, minOverlap)).map(({ found }) => found))
    return meanPrecision(
      ranked.map((item) => right.has(item)),
      truths,
    )
  })
}

/** At 101 recalls, of what was found from the surest to the least sure. */
function meanPrecision(isRight: readonly boolean[], truths: number): number {
  let right = 0
  const curve = isRight.map((is, index) => {
    right += Number(is)
    return { recall: right / truths, precision: right / (index + 1) }
  })
  let sum = 0
  for (let percent = 0; percent <= 100; percent++) sum += bestPrecisionFrom(curve, percent / 100)
  return sum / 101
}

/** The highest precision among those of this recall or more. */
function bestPrecisionFrom(curve: readonly { recall: number; precision: number }[], recall: number): number {
  return curve.reduce((best, at) => (at.recall >= recall ? Math.max(best, at.precision) : best), 0)
}
