import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Files that take minutes, the longest first: begun last, they would run alone at the end. */
const LONG = ['/test/chaos/', '/test/end-to-end/', '/console/test/']

class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // oxlint-disable-next-line unicorn/no-array-sort -- vitest's own method of that name
    const sorted = await super.sort(files)
    return sorted.toSorted((one, other) => rank(one) - rank(other))
  }
}

function rank({ moduleId }: TestSpecification): number {
  const at = LONG.findIndex((folder) => moduleId.includes(folder))
  return at < 0 ? LONG.length : at
}

export default defineConfig({
  test: {
    include: ['{apps,packages}/*/{src,test}/**/*.test.ts', 'scripts/**/*.test.ts', 'test/**/*.test.ts'],
    sequence: { sequencer: LongFirst },
    // Vitest leaves one core to itself; these tests wait for others most of the time.
    maxWorkers: Math.max(2, availableParallelism()),
    // Else each property has the cases of its own seed.
    setupFiles: process.env.LUPA_FUZZ_SEED ? ['scripts/fuzz/fast-check-seed.ts'] : [],
    testTimeout: 20_000,
    hookTimeout: 60_000,
  },
})
