import { parseArgs } from 'node:util'
import { runBar } from '../test/chaos/bar.ts'
import { BARS } from '../test/chaos/bars.ts'
import { startLupa } from '../test/end-to-end/lupa.ts'
import { say } from './cluster/say.ts'

// Breaks what can break and shows what was lost: `pnpm chaos [--bars R1,R9] [--long] [--json]`.

const { values } = parseArgs({
  options: {
    bars: { type: 'string' },
    long: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
})
const wanted = values.bars?.toUpperCase().split(',')
const bars = BARS.filter(({ id, isLong }) =>
  wanted ? wanted.includes(id.toUpperCase()) : values.long || !isLong,
)
if (bars.length === 0) {
  say(`There is no bar ${values.bars}. There are ${BARS.map(({ id }) => id).join(', ')}.`)
  process.exit(2)
}

const rig = { start: startLupa, scale: <T>(short: T, long: T) => (values.long ? long : short) }
const outcomes = []
for (const bar of bars) {
  if (!values.json) process.stderr.write(`${bar.id} ${bar.fault} …\n`)
  outcomes.push(await runBar(bar, rig))
}

if (values.json) {
  say(
    JSON.stringify(
      outcomes.map(({ bar, ...outcome }) => ({
        id: bar.id,
        promise: bar.promise,
        fault: bar.fault,
        ...outcome,
      })),
    ),
  )
} else {
  say('| bar | fault | trials | lost | duplicated | worst recovery | also | |')
  say('|---|---|---|---|---|---|---|---|')
  for (const { bar, trials, lost, duplicated, worstRecoveryMs, checks, error, ok } of outcomes) {
    const recovery = worstRecoveryMs === null ? '–' : `${(worstRecoveryMs / 1000).toFixed(1)} s`
    const also =
      error ??
      Object.entries(checks)
        .map(([name, holds]) => `${holds ? '✓' : '✗'} ${name}`)
        .join('; ')
    say(
      `| ${bar.id} | ${bar.fault} | ${trials} | ${lost} | ${duplicated} | ${recovery} | ${also} | ${ok ? 'kept' : '**broken**'} |`,
    )
  }
}
process.exitCode = outcomes.every(({ ok }) => ok) ? 0 : 1
