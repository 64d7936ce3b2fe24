import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readReport } from '../bench/report.ts'

const WORKLOADS = {
  detect: 'detect, `bus.jpg` (137 kB)',
  'detect-int8': 'detect-int8, the same',
  classify: 'classify, 77 kB',
  'classify-12mp': 'classify, 12 megapixels (1.9 MB)',
}
const PARTS = ['gateway', 'worker', 'child', 'redis'] as const

/** What docs/scaling.md says of the last `pnpm bench`. */
export function measuredRates(root: string): string {
  const report = readReport(join(root, 'docs/benchmarks'))
  if (!report) throw new Error('docs/benchmarks/latest.json is missing: run pnpm bench')
  const { machine, rows, notes } = report
  const lupaOf = (workload: string) =>
    rows
      .filter((row) => row.workload === workload)
      .flatMap(({ sides }) => sides.filter(({ name }) => name === 'Lupa'))[0]
  const lines = Object.entries(WORKLOADS).map(([workload, title]) => {
    const cpuMs = lupaOf(workload)?.cpuMs ?? {}
    return `| ${title} | ${PARTS.map((part) => cpuMs[part]?.toFixed(1) ?? '–').join(' | ')} |`
  })
  const day = rows.find(({ workload }) => workload === 'classify')?.measuredAt.slice(0, 10)
  const rate = (workload: string) => lupaOf(workload)?.perSecond?.toFixed(0) ?? '–'
  const [two, four] = rows
    .filter(({ workload }) => workload === 'scaling')
    .map(({ ratio }) => ratio.median.toFixed(2))
  const ceiling = /(\d+) jobs a second/.exec(notes?.scaling?.join('\n') ?? '')?.[1]
  const { redis } = JSON.parse(readFileSync(join(root, 'docs/benchmarks/capacity.json'), 'utf8')) as {
    redis: Record<'waitingJobBytes' | 'hotCopyOverheadBytes' | 'cachedResultOverheadBytes', number>
  }
  return [
    `On ${day}, ${machine.cores} cores (${machine.processor}), load average ${machine.busyBefore} before it began. Milliseconds of the`,
    'processor for one job:',
    '',
    '| workload | gateway | worker | child | Redis |',
    '|---|---|---|---|---|',
    ...lines,
    '',
    `- At few jobs a second each costs more in gateway, worker and Redis (detect ran at ${rate('detect')} a second, classify at`,
    `  ${rate('classify')}): every step is a wake-up of its own. The plan takes those of classify, which are nearest to what a busy process pays.`,
    `- Two workers did ${two} and four did ${four} of two and four times one's work.`,
    ...(ceiling
      ? [
          `- The queue carried ${grouped(ceiling)} jobs a second with two workers whose work took no time, without clients that wait.`,
        ]
      : []),
    `- A waiting job takes ${grouped(redis.waitingJobBytes)} bytes of Redis; an answer ${redis.hotCopyOverheadBytes} bytes beside itself, a cached result ${redis.cachedResultOverheadBytes}`,
    '  (`docs/benchmarks/capacity.json`, which a test measures again).',
  ].join('\n')
}

const grouped = (value: number | string) => Number(value).toLocaleString('en')
