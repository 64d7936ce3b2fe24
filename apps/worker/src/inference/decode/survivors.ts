import type { Candidates } from '@lupa/core/domain/candidates'
import { suppress } from '@lupa/core/domain/non-max-suppression'
import { IOU_STEPS } from '@lupa/core/domain/prediction'
import type { BoxLayout } from '../output-layout.ts'

/**
 * The rows worth keeping where a candidate is large, at most so many, in the order in which they are to
 * be given room: see StoredPrediction.
 */
export function survivorsOf(
  candidates: Candidates,
  { width, layout, most }: { width: number; layout: BoxLayout; most: number },
): number[] {
  const everything = { conf: 0, max_det: most, classes: null }
  const steps = layout.form === 'rows' ? [Number.POSITIVE_INFINITY] : IOU_STEPS
  const survivors = new Set<number>()
  for (const iou of steps) {
    for (const row of suppress(candidates, { ...everything, iou }, width)) {
      if (survivors.size < most) survivors.add(row)
    }
  }
  return [...survivors]
}

/** Those rows of the candidates, in that order. */
export function rowsOf(candidates: Candidates, rows: readonly number[], width: number): Candidates {
  const chosen = new Float32Array(rows.length * width)
  rows.forEach((row, at) => {
    chosen.set(candidates.subarray(row * width, (row + 1) * width), at * width)
  })
  return chosen
}
