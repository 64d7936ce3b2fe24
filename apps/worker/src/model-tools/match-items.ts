import type { PredictionItem } from '@lupa/core/domain/prediction'
import { outlineOf, overlapOf } from './overlap.ts'

export interface Match {
  truth: PredictionItem
  found: PredictionItem
  overlap: number
}

/**
 * Pairs what was found with what is true, one to one: the surest found first, each with the true item of its
 * class that it overlaps most and that is still free, if by `minOverlap` at least.
 */
export function matchItems(
  truths: readonly PredictionItem[],
  found: readonly PredictionItem[],
  minOverlap: number,
): Match[] {
  const free = new Set(truths)
  const matches: Match[] = []
  for (const item of found.toSorted((a, b) => b.confidence - a.confidence)) {
    const best = closest(item, free)
    if (!best || best.overlap < minOverlap) continue
    free.delete(best.truth)
    matches.push({ ...best, found: item })
  }
  return matches
}

function closest(item: PredictionItem, among: ReadonlySet<PredictionItem>) {
  const outline = outlineOf(item)
  let best: { truth: PredictionItem; overlap: number } | undefined
  for (const truth of among) {
    const other = truth.class === item.class ? outlineOf(truth) : undefined
    if (!outline || !other) continue
    const overlap = overlapOf(other, outline)
    if (overlap > (best?.overlap ?? 0)) best = { truth, overlap }
  }
  return best
}
