export interface Percentiles {
  mean: number
  p50: number
  p90: number
  p95: number
  p99: number
  max: number
}

/** Null when there is nothing to measure. By nearest rank, rounded to tenths. */
export function percentilesOf(values: readonly number[]): Percentiles | null {
  if (values.length === 0) return null
  const sorted = values.toSorted((a, b) => a - b)
  const at = (share: number) => tenth(sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] as number)
  const mean = sorted.reduce((sum, value) => sum + value, 0) / sorted.length
  return { mean: tenth(mean), p50: at(0.5), p90: at(0.9), p95: at(0.95), p99: at(0.99), max: at(1) }
}

const tenth = (value: number) => Math.round(value * 10) / 10
