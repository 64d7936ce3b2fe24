import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { endWithParent } from '@lupa/core/runtime/end-with-parent'
import { endLeftovers } from './checks/end-leftovers.ts'
import { type Counts, ROOT, runCheck } from './checks/run-check.ts'
import { runVitest } from './checks/run-vitest.ts'
import { LauncherError } from './cluster/launcher-error.ts'
import { LauncherSettings } from './cluster/launcher-settings.ts'
import { findRedisServer } from './cluster/redis-binary.ts'
import { say } from './cluster/say.ts'
import { hearStopSignals } from './cluster/stop-signals.ts'

// Runs every check and test and ends with the total; a check counts as one. Arguments choose test files.

/** Marks every process of this run. */
const RUN_VARIABLE = 'LUPA_TEST_RUN'
const DOCS_CHECK = 'scripts/docs.ts'

const { stopping } = hearStopSignals()
endWithParent({ deadlineMs: 15_000 })

const run = `${process.pid}`
const directory = join(ROOT, '.lupa', 'tmp', run)
const total: Counts = { passed: 0, failed: 0, skipped: 0 }
mkdirSync(directory, { recursive: true })
try {
  await runEverything()
} catch (error) {
  if (!(error instanceof LauncherError)) throw error
  say(error.message)
  total.failed += 1
} finally {
  if (stopping.aborted) await endLeftovers(RUN_VARIABLE, run)
  rmSync(directory, { recursive: true, force: true })
}
if (stopping.aborted) say('Stopped before the end.')
say(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`)
process.exitCode = total.failed > 0 || stopping.aborted ? 1 : 0

async function runEverything(): Promise<void> {
  const options = { env: await testEnvironment(), stopping, directory }

  await check('format', () => runCheck(['node_modules/@biomejs/biome/bin/biome', 'ci', '.'], options))
  await check('lint', () => runCheck(['node_modules/oxlint/bin/oxlint', '--type-aware'], options))
  await check('types', () => runCheck(['node_modules/typescript/bin/tsc', '-p', 'tsconfig.json'], options))
  await check('page types', () =>
    runCheck(['node_modules/typescript/bin/tsc', '-p', 'apps/console/tsconfig.json'], options),
  )
  await check('console', () => runCheck(['apps/console/build/main.ts'], options))
  if (existsSync(join(ROOT, DOCS_CHECK)))
    await check('docs', () => runCheck([DOCS_CHECK, '--check'], options))
  await check('tests', () => runVitest(process.argv.slice(2), options))
  await check('leftovers', async () => {
    const left = await endLeftovers(RUN_VARIABLE, run)
    const output = left.map((process) => `left behind by a test, and ended: ${process}`).join('\n')
    return { passed: left.length ? 0 : 1, failed: left.length ? 1 : 0, skipped: 0, output }
  })
}

/** A Redis for the tests, a folder for their files, and none of this shell's settings. */
async function testEnvironment(): Promise<NodeJS.ProcessEnv> {
  const toolsDirectory = join(ROOT, '.lupa', 'tools')
  const choice = process.env.LUPA_REDIS_SERVER
  const redis = await findRedisServer({ toolsDirectory, choice, say, stopping })
  if (redis.kind !== 'binary') {
    throw new LauncherError(
      'The tests start and kill Redis servers of their own, which Docker cannot stand in for.\n' +
        'Install redis-server (apt-get, dnf, apk or brew), then: npm test',
    )
  }
  const settings = new Set(Object.keys(LauncherSettings.shape))
  const inherited = Object.entries(process.env).filter(([name]) => !settings.has(name))
  return {
    ...Object.fromEntries(inherited),
    LUPA_REDIS_SERVER: redis.command,
    TMPDIR: directory,
    [RUN_VARIABLE]: run,
  }
}

async function check(name: string, perform: () => Promise<Counts & { output?: string }>): Promise<void> {
  if (stopping.aborted) return
  const startedAt = performance.now()
  const { passed, failed, skipped, output } = await perform()
  if (stopping.aborted) return
  total.passed += passed
  total.failed += failed
  total.skipped += skipped
  if (output) say(output.trimEnd())
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  const counts =
    passed + failed + skipped > 1 ? ` (${passed} passed, ${failed} failed, ${skipped} skipped)` : ''
  say(`${failed ? '✗' : '✓'} ${name.padEnd(10)}${seconds.padStart(6)} s${counts}`)
}
