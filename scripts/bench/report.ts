import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { drawRows } from './draw-rows.ts'
import type { Machine } from './machine.ts'
import { isKept, type Row, total } from './workload.ts'

export interface Report {
  /** Where the last of it was measured. */
  machine: Machine
  rows: Row[]
  /** What else was found, by workload. */
  notes?: Record<string, string[]>
}

export const keyOf = ({ workload, what, of }: Row) => `${workload} · ${what} · ${of}`

/** Adds rows to what was measured before, in place of those of the same workloads; and draws all. */
export function writeReport(
  directory: string,
  machine: Machine,
  rows: readonly Row[],
  notes: Record<string, string[]> = {},
): Report {
  const measured = new Set(rows.map(({ workload }) => workload))
  const before = readReport(directory)
  const kept = (before?.rows ?? []).filter(({ workload }) => !measured.has(workload))
  const report: Report = {
    machine,
    rows: [...kept, ...rows].toSorted((a, b) => order(a) - order(b)),
    notes: { ...before?.notes, ...notes },
  }
  mkdirSync(directory, { recursive: true })
  writeFileSync(join(directory, 'latest.json'), `${JSON.stringify(report, null, 2)}\n`)
  writeFileSync(join(directory, 'latest.svg'), drawRows(report))
  return report
}

const ORDER = [
  'detect',
  'detect-int8',
  'classify',
  'classify-12mp',
  'latency',
  'gateway',
  'crowd',
  'scaling',
  'tracing',
]
const order = ({ workload }: Row) => ORDER.indexOf(workload)

export function readReport(directory: string): Report | undefined {
  const path = join(directory, 'latest.json')
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Report) : undefined
}

export function toLines(row: Row): string[] {
  const { ratio, costRatio, goal, better } = row
  const kept = isKept(row)
  const verdict =
    kept === null ? '' : `  goal ${better === 'more' ? '≥' : '≤'} ${goal}: ${kept ? 'kept' : 'missed'}`
  const spread = `${format(ratio.median)} (${format(ratio.least)} … ${format(ratio.most)})`
  const byCost = costRatio === null ? '' : `, by processor time ${format(costRatio)}`
  return [
    `  ${row.what}, of ${row.of}: ${spread}${byCost}${verdict}`,
    ...row.sides.map(({ name, perSecond, p50Ms, p99Ms, cpuMs, stagesMs }) => {
      const costs = Object.entries(cpuMs).map(([process, ms]) => `${process} ${ms}`)
      const stages = Object.entries(stagesMs).map(([stage, ms]) => `${stage.replace('_ms', '')} ${ms}`)
      const cpu = `${format(total(cpuMs))} ms of processor (${costs.join(', ')})`
      return `    ${name}: ${perSecond} /s, p50 ${p50Ms} ms, p99 ${p99Ms ?? '–'} ms, ${cpu}${stages.length ? `; stages in ms: ${stages.join(', ')}` : ''}`
    }),
  ]
}

const format = (value: number) => value.toFixed(2)
