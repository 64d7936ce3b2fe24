import type { PredictionItem } from '@lupa/core/domain/prediction'
import { matchItems } from './match-items.ts'

/** What is true of a picture, and what was found in it. */
export interface Seen {
  truths: PredictionItem[]
  found: PredictionItem[]
}

/** 0.50, 0.55 … 0.95. */
export const COCO_OVERLAPS = Array.from({ length: 10 }, (_, index) => (50 + 5 * index) / 100)

/**
 * COCO's mean average precision at one overlap: for each class that is true somewhere, the mean precision at
 * 101 recalls; then the mean of the classes. 1 when nothing is true and nothing was found.
 * https://cocodataset.org/#detection-eval
 */
export function meanAveragePrecision(pictures: readonly Seen[], minOverlap: number): number {
  const classes = new Set(pictures.flatMap(({ truths }) => truths.map((truth) => truth.class)))
  if (classes.size === 0) return pictures.some(({ found }) => found.length > 0) ? 0 : 1
  let sum = 0
  for (const classNumber of classes) sum += averagePrecision(ofClass(pictures, classNumber), minOverlap)
  return sum / classes.size
}

function ofClass(pictures: readonly Seen[], classNumber: number): Seen[] {
  const isOfClass = (item: PredictionItem) => item.class === classNumber
  return pictures.map(({ truths, found }) => ({
    truths: truths.filter(isOfClass),
    found: found.filter(isOfClass),
  }))
}

function averagePrecision(pictures: readonly Seen[], minOverlap: number): number {
  const truths = pictures.reduce((sum, picture) => sum + picture.truths.length, 0)
  const ranked = pictures
    .flatMap((picture) => {
      const right = new Set(matchItems(picture.truths, picture.found, minOverlap).map(({ found }) => found))
      return picture.found.map((item) => ({ confidence: item.confidence, isRight: right.has(item) }))
    })
    .toSorted((a, b) => b.confidence - a.confidence)

  let right = 0
  const curve = ranked.map(({ isRight }, index) => {
    right += Number(isRight)
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
