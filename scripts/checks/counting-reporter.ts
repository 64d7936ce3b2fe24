import { writeFileSync } from 'node:fs'
import type { Reporter, TestModule } from 'vitest/node'
import type { Counts } from './run-check.ts'

/** The file that this reporter writes its counts to, as JSON. */
export const COUNTS_FILE_VARIABLE = 'LUPA_COUNTS_FILE'

/** Counts every test, and as failed whatever else failed: a file that does not load, a hook, a stray error. */
export default class CountingReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], strayErrors: readonly unknown[]): void {
    const file = process.env[COUNTS_FILE_VARIABLE]
    if (!file) throw new Error(`${COUNTS_FILE_VARIABLE} is not set`)
    const counts: Counts = { passed: 0, failed: strayErrors.length, skipped: 0 }
    for (const module of modules) {
      for (const group of [module, ...module.children.allSuites()]) counts.failed += group.errors().length
      for (const test of module.children.allTests()) counts[outcomeOf(test.result().state)] += 1
    }
    writeFileSync(file, JSON.stringify(counts))
  }
}

function outcomeOf(state: 'passed' | 'failed' | 'skipped' | 'pending'): keyof Counts {
  return state === 'pending' ? 'failed' : state
}
