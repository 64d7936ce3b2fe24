import type { PredictionItem } from '@lupa/core/domain/prediction'

export interface ItemFilter {
  conf: number
  /** Class numbers that are left out. */
  hidden: ReadonlySet<number>
  maxDet: number
}

/**
 * What the gateway would answer to `?conf=…&classes=…`, from its answer to the lowest `conf`: a less sure
 * candidate never removes a surer one, so leaving some out after suppression is the same as before it.
 */
export function filterItems<T extends PredictionItem>(
  items: readonly T[],
  { conf, hidden, maxDet }: ItemFilter,
): T[] {
  return items.filter((item) => item.confidence > conf && !hidden.has(item.class)).slice(0, maxDet)
}

/** How many items there are of each tenth and hundredth of confidence: 50 bins from 0 to 1. */
export function confidenceHistogram(items: readonly PredictionItem[], bins = 50): number[] {
  const counts = Array.from({ length: bins }, () => 0)
  for (const { confidence } of items) {
    const bin = Math.min(bins - 1, Math.floor(confidence * bins))
    counts[bin] = (counts[bin] as number) + 1
  }
  return counts
}

export interface ClassCount {
  class: number
  name: string
  count: number
}

/** The classes among the items, the most frequent first. */
export function countClasses(items: readonly PredictionItem[]): ClassCount[] {
  const counts = new Map<number, ClassCount>()
  for (const item of items) {
    const known = counts.get(item.class) ?? { class: item.class, name: item.name, count: 0 }
    counts.set(item.class, { ...known, count: known.count + 1 })
  }
  return [...counts.values()].toSorted((one, other) => other.count - one.count || one.class - other.class)
}
