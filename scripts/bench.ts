import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startLupa } from '../test/end-to-end/lupa.ts'
import { describeMachine } from './bench/machine.ts'
import { toLines, writeReport } from './bench/report.ts'
import { WORKLOADS } from './bench/workloads.ts'
import { ROOT } from './checks/run-check.ts'
import { findRedisServer } from './cluster/redis-binary.ts'
import { say } from './cluster/say.ts'

// Measures Lupa against the bare model, bare Fastify and, on request, other services, all in turns in one run:
// `pnpm bench [--quick] [--only classify,gateway] [--against all] [--rounds 5] [--seconds 8] [--out FOLDER]`.

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    against: { type: 'string' },
    rounds: { type: 'string' },
    seconds: { type: 'string' },
    out: { type: 'string', default: join(ROOT, 'docs/benchmarks') },
  },
})
const wanted = values.only?.split(',')
const workloads = WORKLOADS.filter(({ name }) => !wanted || wanted.includes(name))
if (workloads.length === 0) {
  say(`There is no workload ${values.only}. There are ${WORKLOADS.map(({ name }) => name).join(', ')}.`)
  process.exit(2)
}

const redis = await findRedisServer({
  toolsDirectory: join(ROOT, '.lupa/tools'),
  choice: process.env.LUPA_REDIS_SERVER,
  say,
  stopping: new AbortController().signal,
})
if (redis.kind === 'binary') process.env.LUPA_REDIS_SERVER = redis.command
const machine = describeMachine()
const rig = {
  rounds: Number(values.rounds ?? (values.quick ? 3 : 7)),
  seconds: Number(values.seconds ?? (values.quick ? 3 : 6)),
  start: startLupa,
  against: values.against?.split(',') ?? [],
  say,
}
say(
  `${machine.cores} cores (${machine.processor}), ${machine.busyBefore} busy before; ${rig.rounds} rounds of ${rig.seconds} s a side`,
)
const rows = []
for (const { name, question, run } of workloads) {
  say(`${name}: ${question}`)
  const measured = await run(rig)
  for (const row of measured) say(toLines(row).join('\n'))
  rows.push(...measured)
}
if (rows.length > 0) {
  writeReport(values.out, machine, rows)
  say(`Written to ${join(values.out, 'latest.json')} and latest.svg.`)
}
