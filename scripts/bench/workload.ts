import type { Lupa } from '../../test/end-to-end/lupa.ts'

/** What is measured, and what for. */
export interface Workload {
  name: string
  /** What it shows, in a sentence. */
  question: string
  run: (rig: Rig) => Promise<Row[]>
}

/** What a workload is given to work with. */
export interface Rig {
  /** How often each side is measured, in turns. */
  rounds: number
  /** How long each time. */
  seconds: number
  /** Starts the real thing; it ends with the workload. */
  start: (env?: NodeJS.ProcessEnv) => Promise<Lupa>
  /** Other services to measure beside, as far as they run here. */
  against: readonly string[]
  say: (text: string) => void
}

/** One goal, and how near it is. */
export interface Row {
  workload: string
  what: string
  /** What a ratio is of: 1 is that. */
  of: string
  ratio: Spread
  /** The same ratio by what a picture costs of the processors, which others on the machine hardly disturb. */
  costRatio: number | null
  goal: number | null
  /** Whether more is better, as of rates, or less, as of times. */
  better: 'more' | 'less'
  sides: SideResult[]
  measuredAt: string
}

export interface SideResult {
  name: string
  /** Answers a second; null where that is not the question. */
  perSecond: number | null
  p50Ms: number | null
  p99Ms: number | null
  /** Milliseconds of the processors per answer, by process. */
  cpuMs: Record<string, number>
  /** Where the time of a job went: medians, in milliseconds. */
  stagesMs: Record<string, number>
}

/** Of several rounds. */
export interface Spread {
  median: number
  least: number
  most: number
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b)
  return { median: median(sorted), least: sorted[0] ?? 0, most: sorted.at(-1) ?? 0 }
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const upper = sorted[middle] ?? 0
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? upper)) / 2
}

export function isKept({ ratio, goal, better }: Row): boolean | null {
  if (goal === null) return null
  return better === 'more' ? ratio.median >= goal : ratio.median <= goal
}

export const total = (cpuMs: Record<string, number>) => Object.values(cpuMs).reduce((sum, ms) => sum + ms, 0)
