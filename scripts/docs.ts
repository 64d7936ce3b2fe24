import { readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { COSMOS_CONTAINERS } from '@lupa/core/jobs/cosmos-containers'
import { describeSettings, isSecret, type SettingDoc } from '@lupa/core/runtime/env'
import { SharedSettings } from '@lupa/core/runtime/settings'
import { GatewaySettings } from '../apps/gateway/src/config.ts'
import { WorkerSettings } from '../apps/worker/src/config.ts'
import { ClientSettings } from '../packages/client/src/config.ts'
import { measuredRates } from './documents/measured-rates.ts'
import { measuredRatios } from './documents/measured-ratios.ts'
import { simulatedLoads } from './documents/simulated-loads.ts'
import { licencesTable } from './licences/licences-table.ts'

/**
 * Writes what the config schema, the lockfile and the measurements say into the documents that show it: `node scripts/docs.ts`.
 * With `--check` it writes nothing and fails when a document says something else.
 */
const ROOT = resolve(import.meta.dirname, '..')

interface Document {
  path: string
  render: (current: string) => string
}

const DOCUMENTS: Document[] = [
  {
    path: 'README.md',
    render: (current) => between('settings', current, settingsTable('Variable', 'Default', 'What')),
  },
  {
    path: 'docs/pt-BR/README.md',
    render: (current) =>
      between('settings', current, settingsTable('Variável', 'Padrão', 'O quê (em inglês)')),
  },
  {
    path: 'docs/scaling.md',
    render: (current) =>
      between('simulated', between('measured', current, measuredRates(ROOT)), simulatedLoads(ROOT)),
  },
  {
    path: 'docs/performance.md',
    render: (current) => between('measured', current, measuredRatios(ROOT)),
  },
  { path: '.env.example', render: envExample },
  {
    path: 'deploy/azure/infra/cosmos-containers.json',
    render: () => `${JSON.stringify(COSMOS_CONTAINERS, null, 2)}\n`,
  },
  {
    path: 'THIRD-PARTY-LICENSES.md',
    render: (current) => between('licences', current, licencesTable(ROOT, current)),
  },
]

/** Every setting once: those that several read first. */
function allSettings(): SettingDoc[] {
  const settings = [SharedSettings, GatewaySettings, WorkerSettings, ClientSettings].flatMap(describeSettings)
  return settings.filter(({ name }, at) => settings.findIndex((other) => other.name === name) === at)
}

function settingsTable(variable: string, fallback: string, about: string): string {
  const rows = allSettings().map(
    (setting) => `| \`${setting.name}\` | ${shown(setting.default)} | ${setting.about} |`,
  )
  return [`| ${variable} | ${fallback} | ${about} |`, '|---|---|---|', ...rows].join('\n')
}

const shown = (value: string | null) => (value ? `\`${value}\`` : '–')

function between(what: string, current: string, table: string): string {
  const begin = `<!-- ${what}: written by scripts/docs.ts -->`
  const end = `<!-- end of ${what} -->`
  const [before, rest] = current.split(begin)
  const after = rest?.split(end)[1]
  if (before === undefined || after === undefined)
    throw new Error(`No "${begin}" … "${end}" to write between`)
  return `${before}${begin}\n\n${table}\n\n${end}${after}`
}

function envExample(): string {
  const lines = allSettings().map(
    ({ name, default: fallback, about }) =>
      `# ${about}\n# ${name}=${isSecret(name) ? '' : (fallback ?? '')}\n`,
  )
  return `# Every setting, each with its default. All are optional on a laptop.\n\n${lines.join('\n')}`
}

const isCheck = process.argv.includes('--check')
for (const { path, render } of DOCUMENTS) {
  const file = resolve(ROOT, path)
  const current = readIfThere(file)
  const wanted = render(current)
  if (wanted === current) continue
  if (isCheck) {
    process.stderr.write(
      `${path} does not say what the config schema, the lockfile or the measurements say. Run: npm run docs\n`,
    )
    process.exitCode = 1
  } else {
    writeFileSync(file, wanted)
    process.stdout.write(`wrote ${path}\n`)
  }
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
