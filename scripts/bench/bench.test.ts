import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { findRegressions } from './guard.ts'
import { describeMachine } from './machine.ts'
import { readReport, toLines, writeReport } from './report.ts'
import { costRatioOf, inTurns, type Run, ratioOf } from './side.ts'
import { isKept, median, type Row, spreadOf } from './workload.ts'

function aRun(perSecond: number, cpuMs: number, answers = 10): Run {
  return { perSecond, answers, p50Ms: 1, p99Ms: 2, cpuMs: { model: cpuMs }, stagesMs: {} }
}

function aRow(workload: string, ratio: number, more: Partial<Row> = {}): Row {
  return {
    workload,
    what: 'pictures a second',
    of: 'bare <model>',
    ratio: spreadOf([ratio]),
    costRatio: null,
    goal: 0.6,
    better: 'more',
    sides: [
      { name: 'Lupa', perSecond: 5, p50Ms: 1, p99Ms: 2, cpuMs: { child: 1.5 }, stagesMs: { queue_ms: 3 } },
    ],
    measuredAt: '2026-11-26T00:00:00.000Z',
    ...more,
  }
}

test('sides take turns, in another order each round, after one run that does not count', async () => {
  const order: string[] = []
  const side = (name: string) => ({
    name,
    run: async () => {
      order.push(name)
      return aRun(1, 1)
    },
  })
  const runs = await inTurns([side('a'), side('b')], { rounds: 2, seconds: 0 })
  expect(order.join('')).toBe('ababba')
  expect(runs.get('a')).toHaveLength(2)
})

test('a ratio is that of the same round, and its middle counts', () => {
  const [ours, theirs] = [
    [aRun(5, 1), aRun(1, 1), aRun(6, 1)],
    [aRun(10, 1), aRun(4, 1), aRun(10, 1)],
  ]
  expect(ratioOf(ours, theirs, ({ perSecond }) => perSecond)).toEqual({ median: 0.5, least: 0.25, most: 0.6 })
  expect(median([4, 1, 3, 2])).toBe(2.5)
})

test('what an answer costs is compared the other way round: dearer is less', () => {
  expect(costRatioOf([aRun(1, 40)], [aRun(1, 10)])).toBe(0.25)
})

test('a report keeps what was measured before, but for the workloads that were measured again', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lupa-bench-'))
  try {
    writeReport(folder, describeMachine(), [aRow('classify', 0.2), aRow('gateway', 0.7)])
    writeReport(folder, describeMachine(), [aRow('classify', 0.7)])
    const rows = readReport(folder)?.rows ?? []
    expect(rows.map(({ workload, ratio }) => [workload, ratio.median])).toEqual([
      ['classify', 0.7],
      ['gateway', 0.7],
    ])
    const svg = readFileSync(join(folder, 'latest.svg'), 'utf8')
    expect(svg).toContain('of bare &lt;model>')
    expect(toLines(rows[0] as Row).join('\n')).toContain('goal ≥ 0.6: kept')
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('more is better of rates, less of times', () => {
  expect(isKept(aRow('a', 0.7))).toBe(true)
  expect(isKept(aRow('a', 7, { goal: 6, better: 'less' }))).toBe(false)
  expect(isKept(aRow('a', 7, { goal: null }))).toBeNull()
})

test('the guard tells what became worse by a tenth or more, by processor time where it can', () => {
  const before = { machine: describeMachine(), rows: [aRow('a', 0.6), aRow('b', 0.6, { costRatio: 0.5 })] }
  expect(findRegressions([aRow('a', 0.55), aRow('b', 0.3, { costRatio: 0.5 })], before)).toEqual([])
  expect(findRegressions([aRow('a', 0.5), aRow('b', 0.9, { costRatio: 0.4 })], before)).toEqual([
    'a · pictures a second · bare <model>: 0.50, and was 0.60',
    'b · pictures a second · bare <model>: 0.40, and was 0.50',
  ])
})
