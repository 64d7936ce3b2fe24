import { keyOf, type Report } from './report.ts'
import type { Row } from './workload.ts'

/** How much worse a ratio may be than it was. */
const TOLERANCE = 0.1

/**
 * What has become worse, a sentence each. Ratios are compared, not times: they say the same on another
 * machine. By processor time where there is that, which others on the machine hardly disturb.
 */
export function findRegressions(now: readonly Row[], { rows: before }: Report): string[] {
  const known = new Map(before.map((row) => [keyOf(row), row]))
  return now.flatMap((row) => {
    const then = known.get(keyOf(row))
    if (!then) return []
    const [value, was] =
      row.costRatio !== null && then.costRatio !== null
        ? [row.costRatio, then.costRatio]
        : [row.ratio.median, then.ratio.median]
    const isWorse = row.better === 'more' ? value < was * (1 - TOLERANCE) : value > was * (1 + TOLERANCE)
    return isWorse ? [`${keyOf(row)}: ${value.toFixed(2)}, and was ${was.toFixed(2)}`] : []
  })
}
