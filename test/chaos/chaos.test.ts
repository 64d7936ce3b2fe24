import { describe, expect, test } from 'vitest'
import { startLupa } from '../end-to-end/lupa.ts'
import { runBar } from './bar.ts'
import { BARS } from './bars.ts'

// The short form of `pnpm chaos`: each bar with its real fault, few trials.
describe('what is promised holds under faults', () => {
  const rig = { start: startLupa, scale: <T>(short: T) => short }

  test.each(BARS.filter(({ isLong }) => !isLong))(
    '$id: $promise',
    async (bar) => {
      const { lost, duplicated, checks, error } = await runBar(bar, rig)
      expect({ error, lost, duplicated }).toEqual({ error: null, lost: 0, duplicated: 0 })
      expect(Object.keys(checks).filter((name) => !checks[name])).toEqual([])
    },
    180_000,
  )
})
