import type { PredictionItem } from '@lupa/core/domain/prediction'
import { type Outline, outlineOf, overlapOf } from './overlap.ts'

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
  return pickMatches(findOverlaps(truths, found), minOverlap)
}

/** What each found item could be paired with, the most overlapped first; the surest found first. */
export type Overlaps = Match[][]

/** All that `pickMatches` needs to pair at any overlap. */
export function findOverlaps(truths: readonly PredictionItem[], found: readonly PredictionItem[]): Overlaps {
  const known = truths.flatMap((truth) => withOutline(truth) ?? [])
  return found
    .toSorted((a, b) => b.confidence - a.confidence)
    .flatMap((item) => withOutline(item) ?? [])
    .map((item) =>
      known
        .filter((truth) => truth.item.class === item.item.class && !areApart(truth.bounds, item.bounds))
        .map((truth) => ({
          truth: truth.item,
          found: item.item,
          overlap: overlapOf(truth.outline, item.outline),
        }))
        .toSorted((a, b) => b.overlap - a.overlap),
    )
}

export function pickMatches(overlaps: Overlaps, minOverlap: number): Match[] {
  const taken = new Set<PredictionItem>()
  const matches: Match[] = []
  for (const candidates of overlaps) {
    const best = candidates.find(({ truth }) => !taken.has(truth))
    if (!best || best.overlap < minOverlap) continue
    taken.add(best.truth)
    matches.push(best)
  }
  return matches
}

interface Bounds {
  left: number
  right: number
  top: number
  bottom: number
}

function withOutline(
  item: PredictionItem,
): { item: PredictionItem; outline: Outline; bounds: Bounds } | undefined {
  const outline = outlineOf(item)
  return outline && { item, outline, bounds: boundsOf(outline) }
}

function boundsOf(outline: Outline): Bounds {
  const xs = outline.map(({ x }) => x)
  const ys = outline.map(({ y }) => y)
  return { left: Math.min(...xs), right: Math.max(...xs), top: Math.min(...ys), bottom: Math.max(...ys) }
}

/** Told before anything is computed, since most pairs are. */
function areApart(a: Bounds, b: Bounds): boolean {
  return a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top
}
