import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type CheckOptions, type Counts, runNode } from './run-check.ts'

interface VitestReport {
  numPassedTests: number
  numFailedTests: number
  numPendingTests: number
  numTodoTests: number
  testResults: { status: string; assertionResults: unknown[] }[]
}

/** Runs the test files that match, all when none is named, with Vitest's own output; counts every test. */
export async function runVitest(
  filters: string[],
  { directory, ...options }: CheckOptions & { directory: string },
): Promise<Counts> {
  const file = join(directory, 'vitest.json')
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`]
  const script = ['node_modules/vitest/vitest.mjs', 'run', ...reporters, ...filters]
  const { exitCode } = await runNode(script, options, { show: true })
  const counts = countTests(await readReport(file))
  // No test failed, and still the run did: an error outside the tests, or a file that names no test.
  if (exitCode !== 0 && counts.failed === 0) counts.failed = 1
  return counts
}

function countTests(report: VitestReport | undefined): Counts {
  if (!report) return { passed: 0, failed: 0, skipped: 0 }
  const unloadable = report.testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
  )
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + unloadable.length,
    skipped: report.numPendingTests + report.numTodoTests,
  }
}

async function readReport(file: string): Promise<VitestReport | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as VitestReport
  } catch {
    return undefined
  }
}
