import { join } from 'node:path'
import { type Report, readReport } from '../bench/report.ts'
import { isKept, type Row, total } from '../bench/workload.ts'

const PARTS = ['gateway', 'worker', 'child', 'redis', 'load'] as const

/** What docs/performance.md says of the last `pnpm bench`: each ratio with its goal, then what a picture costs. */
export function measuredRatios(root: string): string {
  const report = readReport(join(root, 'docs/benchmarks'))
  if (!report) throw new Error('docs/benchmarks/latest.json is missing: run pnpm bench')
  const { machine, rows } = report
  const days = [...new Set(rows.map(({ measuredAt }) => measuredAt.slice(0, 10)))].toSorted()
  return [
    `On ${days.join(' and ')}, ${machine.cores} shared cores (${machine.processor}), ${machine.busyBefore} busy before it began; the load`,
    'beside the server, cache off but for `gateway` and the second crowd, every job in the job store.',
    '',
    '| workload | of | ratio (least … most) | by processor time | goal |',
    '|---|---|---|---|---|',
    ...rows.map(toRow),
    '',
    'Milliseconds of the processors per picture, medians:',
    '',
    '| workload | gateway | worker | child | of these the bare model | Redis | load | in all | a second |',
    '|---|---|---|---|---|---|---|---|---|',
    ...rows.flatMap(toCosts),
    '',
    ...toNotes(report),
  ].join('\n')
}

function toRow(row: Row): string {
  const { workload, what, of, ratio, costRatio, goal, better } = row
  const spread = `${ratio.median.toFixed(2)} (${ratio.least.toFixed(2)} … ${ratio.most.toFixed(2)})`
  const wanted =
    goal === null ? '–' : `${better === 'more' ? '≥' : '≤'} ${goal}: ${isKept(row) ? 'kept' : '**missed**'}`
  return `| ${workload}: ${what} | ${of} | ${spread} | ${costRatio?.toFixed(2) ?? '–'} | ${wanted} |`
}

function toCosts({ workload, sides }: Row): string[] {
  const lupa = sides.find(({ name }) => name === 'Lupa')
  const bare = sides.find(({ name }) => name === 'bare model')
  if (!lupa || !bare) return []
  const [gateway, worker, child, redis, load] = PARTS.map((part) => lupa.cpuMs[part]?.toFixed(1) ?? '–')
  const model = total(bare.cpuMs).toFixed(1)
  const all = total(lupa.cpuMs).toFixed(1)
  return [
    `| ${workload} | ${gateway} | ${worker} | ${child} | ${model} | ${redis} | ${load} | ${all} | ${lupa.perSecond ?? '–'} |`,
  ]
}

function toNotes({ notes = {} }: Report): string[] {
  return Object.entries(notes).flatMap(([workload, lines]) =>
    lines.map((line) => `- ${workload}: ${line.replaceAll('"', '')}`),
  )
}
