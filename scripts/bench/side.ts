import { median, type SideResult, type Spread, spreadOf, total } from './workload.ts'

/** One of those that are compared: it does its work for some seconds, and says what came of it. */
export interface Side {
  name: string
  run: (seconds: number) => Promise<Run>
}

export interface Run {
  perSecond: number
  answers: number
  p50Ms: number | null
  p99Ms: number | null
  /** Of all answers together, by process. */
  cpuMs: Record<string, number>
  stagesMs: Record<string, number>
}

/** Each side in turn, in another order each round: what disturbs the machine disturbs them all alike. */
export async function inTurns(
  sides: readonly Side[],
  { rounds, seconds }: { rounds: number; seconds: number },
): Promise<Map<string, Run[]>> {
  const runs = new Map<string, Run[]>(sides.map(({ name }) => [name, []]))
  // Caches, connections, and compilers first: these take hundreds of answers, and a service runs for days.
  for (const side of sides) await side.run(seconds * 1.5)
  for (let round = 0; round < rounds; round++) {
    const order = round % 2 === 0 ? sides : sides.toReversed()
    for (const side of order) runs.get(side.name)?.push(await side.run(seconds))
  }
  return runs
}

/** Round by round, so that what changes between rounds is the same for both. */
export function ratioOf(ours: readonly Run[], theirs: readonly Run[], of: (run: Run) => number): Spread {
  return spreadOf(ours.map((run, round) => of(run) / of(theirs[round] as Run)))
}

/** How many answers theirs gives for what one of ours costs. */
export function costRatioOf(ours: readonly Run[], theirs: readonly Run[]): number {
  const cost = (runs: readonly Run[]) => median(runs.map(({ cpuMs, answers }) => total(cpuMs) / answers))
  return cost(theirs) / cost(ours)
}

export function toSideResult(name: string, runs: readonly Run[]): SideResult {
  return {
    name,
    perSecond: orNull(runs.map(({ perSecond }) => perSecond)),
    p50Ms: orNull(runs.map(({ p50Ms }) => p50Ms)),
    p99Ms: orNull(runs.map(({ p99Ms }) => p99Ms)),
    cpuMs: mediansOf(runs.map(({ cpuMs, answers }) => perAnswer(cpuMs, answers))),
    stagesMs: mediansOf(runs.map(({ stagesMs }) => stagesMs)),
  }
}

function orNull(values: readonly (number | null)[]): number | null {
  const numbers = values.filter((value) => value !== null)
  return numbers.length > 0 ? round2(median(numbers)) : null
}

function perAnswer(cpuMs: Record<string, number>, answers: number): Record<string, number> {
  return Object.fromEntries(Object.entries(cpuMs).map(([name, ms]) => [name, ms / Math.max(1, answers)]))
}

function mediansOf(records: readonly Record<string, number>[]): Record<string, number> {
  const names = new Set(records.flatMap((record) => Object.keys(record)))
  return Object.fromEntries(
    [...names].map((name) => [name, round2(median(records.map((record) => record[name] ?? 0)))]),
  )
}

const round2 = (value: number) => Math.round(value * 100) / 100
