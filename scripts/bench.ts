import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startLupa } from '../test/end-to-end/lupa.ts'
import { findRegressions } from './bench/guard.ts'
import { describeMachine } from './bench/machine.ts'
import { PEER_NAMES } from './bench/peers.ts'
import { readReport, toLines, writeReport } from './bench/report.ts'
import type { Row } from './bench/workload.ts'
import { WORKLOADS } from './bench/workloads.ts'
import { ROOT } from './checks/run-check.ts'
import { nameRedisServer } from './cluster/name-redis-server.ts'
import { say } from './cluster/say.ts'

// Measures Lupa against the bare model, bare Fastify and, on request, other services, all in turns in one run:
// `pnpm bench [--quick] [--only classify,gateway] [--against gunicorn,litserve] [--guard] [--out FOLDER]`.

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    against: { type: 'string' },
    rounds: { type: 'string' },
    seconds: { type: 'string' },
    guard: { type: 'boolean', default: false },
    out: { type: 'string', default: join(ROOT, 'docs/benchmarks') },
  },
})
const wanted = values.only?.split(',')
const workloads = WORKLOADS.filter(({ name }) => !wanted || wanted.includes(name))
if (workloads.length === 0) {
  say(`There is no workload ${values.only}. There are ${WORKLOADS.map(({ name }) => name).join(', ')}.`)
  process.exit(2)
}

await nameRedisServer()
const against = values.against === 'all' ? PEER_NAMES : (values.against?.split(',') ?? [])
const unknown = against.filter((name) => !PEER_NAMES.includes(name))
if (unknown.length > 0) {
  say(`There is no ${unknown.join(', ')} to measure against. There are ${PEER_NAMES.join(', ')}, or all.`)
  process.exit(2)
}

const machine = describeMachine()
const rounds = Number(values.rounds ?? (values.quick ? 3 : 7))
const seconds = Number(values.seconds ?? (values.quick ? 3 : 6))
say(
  `${machine.cores} cores (${machine.processor}), ${machine.busyBefore} busy before; ${rounds} rounds of ${seconds} s a side`,
)
const rows: Row[] = []
const notes: Record<string, string[]> = {}
for (const { name, question, run } of workloads) {
  say(`${name}: ${question}`)
  const found: string[] = []
  const note = (text: string) => {
    found.push(text.trim())
    say(text)
  }
  const measured = await run({ rounds, seconds, start: startLupa, against, say: note })
  for (const row of measured) say(toLines(row).join('\n'))
  rows.push(...measured)
  notes[name] = found
}
if (values.guard) guard(rows)
else if (rows.length > 0) {
  writeReport(values.out, machine, rows, notes)
  say(`Written to ${join(values.out, 'latest.json')} and latest.svg.`)
}

/** Fails when a ratio is worse than the one that was written down. */
function guard(now: readonly Row[]): void {
  const before = readReport(values.out)
  const worse = before ? findRegressions(now, before) : ['nothing was measured before']
  say(worse.length === 0 ? 'No ratio is worse than it was.' : `Worse than before:\n${worse.join('\n')}`)
  process.exitCode = worse.length === 0 ? 0 : 1
}
