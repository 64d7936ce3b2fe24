import { spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createWriteStream, mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { startLupa } from '../test/end-to-end/lupa.ts'
import { nameRedisServer } from './cluster/name-redis-server.ts'
import { say } from './cluster/say.ts'
import { openPythonTools } from './fuzz/python-tools.ts'

/**
 * Sends what nobody would think of: `npm run fuzz [-- --only parsers,pictures,api] [--seed N] [--seconds N]`.
 * `parsers` has every property of the tests tried on more cases, `pictures` mutates pictures and tensors, `api` has
 * Schemathesis try /openapi.json on a Lupa of its own. All that is printed is kept under the seed.
 */
const ROOT = resolve(import.meta.dirname, '..')

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: 'parsers,pictures,api' },
    seed: { type: 'string', default: String(randomInt(2 ** 31)) },
    seconds: { type: 'string', default: '120' },
    runs: { type: 'string', default: '1000' },
  },
})
const { seed } = values
const output = join(ROOT, '.lupa', 'fuzz', seed)
mkdirSync(output, { recursive: true })
writeFileSync(join(output, 'how-to-repeat.txt'), `npm run fuzz -- --only ${values.only} --seed ${seed}\n`)
say(`Seed ${seed}. What is printed is kept in ${output}.`)

await nameRedisServer()

const STEPS: Record<string, () => Promise<string>> = {
  parsers: async () => ending(await runTests('parsers', PROPERTIES, { LUPA_FUZZ_RUNS: values.runs })),
  pictures: async () =>
    ending(await runTests('pictures', ['apps/worker/test/fuzz.test.ts'], { LUPA_FUZZ: 'full' })),
  api: runSchemathesis,
}

/** Files with properties that end well on any case, however many there are. */
const PROPERTIES = [
  'apps/gateway/test/parsers.test.ts',
  'apps/gateway/test/refusals.test.ts',
  'apps/gateway/src/image-header.test.ts',
  'packages/core/test/clients/api-key-text.test.ts',
  'packages/core/test/models/onnx-metadata.test.ts',
  'packages/core/src/models/python-literal.test.ts',
  'packages/core/src/webhooks/guard-address.test.ts',
]

for (const name of values.only.split(',')) {
  const step = STEPS[name]
  if (!step) {
    say(`There is no ${name}. There is ${Object.keys(STEPS).join(', ')}.`)
    process.exitCode = 2
    break
  }
  const outcome = await step()
  say(`${name}: ${outcome}`)
  if (outcome.startsWith('failed')) process.exitCode = 1
}

function ending(code: number): string {
  return code === 0 ? 'found nothing' : `failed, seed ${seed}`
}

function runTests(name: string, files: string[], env: NodeJS.ProcessEnv): Promise<number> {
  const args = ['node_modules/vitest/vitest.mjs', 'run', '--testTimeout=600000', ...files]
  return run(name, process.execPath, args, { ...env, LUPA_FUZZ_SEED: seed })
}

/** All it may find is a failure, but for what says nothing of the service: see below. */
async function runSchemathesis(): Promise<string> {
  const requirements = join(ROOT, 'scripts', 'fuzz', 'requirements.txt')
  const tools = openPythonTools(join(ROOT, '.lupa', 'tools'), 'schemathesis', requirements)
  if ('missing' in tools) return `skipped: Schemathesis needs Python, and ${tools.missing}`
  await using lupa = await startLupa({
    RATE_LIMIT_PER_MINUTE: '0',
    WAIT_MAX_SECONDS: '5',
    WAIT_DEFAULT_SECONDS: '5',
  })
  const args = [
    'run',
    `${lupa.url}/openapi.json`,
    `--seed=${seed}`,
    `--max-time=${values.seconds}`,
    '--phases=coverage,fuzzing,stateful',
    '--max-examples=30',
    '--continue-on-failure',
    '--request-timeout=70',
    // `ignored_auth` wants refusals where this Lupa has no credentials; who may call is the access matrix's matter.
    // `positive_data_acceptance` wants any image that is base64 to be taken.
    '--exclude-checks=ignored_auth,positive_data_acceptance',
    '--no-color',
    '--report=ndjson',
    `--report-dir=${output}`,
  ]
  const env = { SCHEMATHESIS_HOOKS: 'hooks', PYTHONPATH: join(ROOT, 'scripts', 'fuzz') }
  // What `schemathesis replay` needs is left where it runs.
  const code = await run('api', join(tools.directory, 'schemathesis'), args, env, output)
  const log = lupa.log()
  writeFileSync(join(output, 'lupa.log'), log)
  const failed = log.split('\n').filter((line) => /"status":50[02]/.test(line)).length
  return failed > 0 ? `failed: ${failed} answers of 500 or 502, seed ${seed}` : ending(code)
}

async function run(
  name: string,
  command: string,
  args: string[],
  env: NodeJS.ProcessEnv = {},
  cwd = ROOT,
): Promise<number> {
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const file = createWriteStream(join(output, `${name}.txt`))
  for (const stream of [child.stdout, child.stderr]) {
    stream.pipe(process.stdout, { end: false })
    stream.pipe(file, { end: false })
  }
  const [code] = (await once(child, 'close')) as [number | null]
  file.end()
  return code ?? 1
}
