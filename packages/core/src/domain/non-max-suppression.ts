import { CANDIDATE_WIDTH, type Candidates, CLASS, CONFIDENCE } from './candidates.ts'
import type { Params } from './params.ts'

/**
 * Greedy non-maximum suppression per class, as Ultralytics does it: the surest candidate stays and
 * removes every less sure one of its class that overlaps it by more than `iou`.
 *
 * A less sure candidate never removes a surer one. So leaving out candidates below `conf` before
 * suppression gives the same answer as leaving them out after it, and a stored prediction can be
 * filtered again at read time.
 *
 * @param candidates rows of `width` numbers sorted by confidence, surest first
 * @returns row numbers of the candidates that stay, surest first, at most `max_det`
 */
export function suppress(
  candidates: Candidates,
  { conf, iou, max_det, classes }: Params,
  width = CANDIDATE_WIDTH,
): number[] {
  const wanted = classes && new Set(classes)
  const keptByClass = new Map<number, number[]>()
  const kept: number[] = []

  for (let at = 0, row = 0; at < candidates.length && kept.length < max_det; at += width, row++) {
    // Strictly above, as in Ultralytics.
    if (!((candidates[at + CONFIDENCE] as number) > conf)) break
    const classNumber = candidates[at + CLASS] as number
    if (wanted && !wanted.has(classNumber)) continue

    const rivals = keptByClass.get(classNumber)
    if (!rivals) keptByClass.set(classNumber, [at])
    else if (isOverlapped(candidates, at, rivals, iou)) continue
    else rivals.push(at)
    kept.push(row)
  }
  return kept
}

/**
 * Whether any rival overlaps the row by more than `iou`. Up to 3,000 rows ask it of up to 3,000 rivals,
 * so boxes apart are told before anything is computed.
 */
function isOverlapped(candidates: Candidates, at: number, rivals: readonly number[], iou: number): boolean {
  const x1 = candidates[at] as number
  const x2 = candidates[at + 2] as number
  for (const rivalAt of rivals) {
    const isApart = (candidates[rivalAt] as number) >= x2 || (candidates[rivalAt + 2] as number) <= x1
    if (!isApart && overlapAt(candidates, rivalAt, at) > iou) return true
  }
  return false
}

/** Shared area over joint area of two candidates' boxes, 0 to 1. */
export function intersectionOverUnion(candidates: Candidates, rowA: number, rowB: number): number {
  return overlapAt(candidates, rowA * CANDIDATE_WIDTH, rowB * CANDIDATE_WIDTH)
}

/** @param a @param b where the two rows begin */
function overlapAt(candidates: Candidates, a: number, b: number): number {
  const ax1 = candidates[a] as number
  const ay1 = candidates[a + 1] as number
  const ax2 = candidates[a + 2] as number
  const ay2 = candidates[a + 3] as number
  const bx1 = candidates[b] as number
  const by1 = candidates[b + 1] as number
  const bx2 = candidates[b + 2] as number
  const by2 = candidates[b + 3] as number

  const width = Math.min(ax2, bx2) - Math.max(ax1, bx1)
  const height = Math.min(ay2, by2) - Math.max(ay1, by1)
  if (width <= 0 || height <= 0) return 0
  const shared = width * height
  const joint = (ax2 - ax1) * (ay2 - ay1) + (bx2 - bx1) * (by2 - by1) - shared
  return joint > 0 ? shared / joint : 0
}
