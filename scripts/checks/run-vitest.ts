import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { COUNTS_FILE_VARIABLE } from './counting-reporter.ts'
import { type CheckOptions, type Counts, runNode } from './run-check.ts'

const COUNTING_REPORTER = join(import.meta.dirname, 'counting-reporter.ts')

/** Runs the test files that match, all when none is named, with Vitest's own output; counts every test. */
export async function runVitest(
  filters: string[],
  { env, stopping, directory }: CheckOptions & { directory: string },
): Promise<Counts> {
  const file = join(directory, 'test-counts.json')
  const script = [
    'node_modules/vitest/vitest.mjs',
    'run',
    '--reporter=default',
    `--reporter=${COUNTING_REPORTER}`,
  ]
  const options = { env: { ...env, [COUNTS_FILE_VARIABLE]: file }, stopping }
  const { exitCode } = await runNode([...script, ...filters], options, { show: true })
  const counts = await readCounts(file)
  // Vitest itself failed, or no file matches.
  if (exitCode !== 0 && counts.failed === 0) counts.failed = 1
  return counts
}

async function readCounts(file: string): Promise<Counts> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Counts
  } catch {
    return { passed: 0, failed: 0, skipped: 0 }
  }
}
