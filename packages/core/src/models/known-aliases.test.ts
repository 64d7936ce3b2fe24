import { expect, test } from 'vitest'
import { createKnownAliases } from './known-aliases.ts'
import type { ModelAlias } from './model-alias-store.ts'

test('they are read once, however many ask, until they are read anew', async () => {
  const store = createSlowStore()
  const aliases = createKnownAliases({ store })
  const first = [aliases.versionOf('bottle', 'stable'), aliases.versionOf('bottle', 'stable')]
  store.answer(0, '1')
  expect(await Promise.all(first)).toEqual(['1', '1'])
  expect(await aliases.versionOf('bottle', 'stable')).toBe('1')
  expect(await aliases.versionOf('bottle', 'candidate')).toBeUndefined()
  expect(store.reads()).toBe(1)
  const refreshed = aliases.refresh()
  expect(await aliases.versionOf('bottle', 'stable')).toBe('1')
  store.answer(1, '2')
  await refreshed
  expect(await aliases.versionOf('bottle', 'stable')).toBe('2')
})

test('a read that began earlier and comes later changes nothing', async () => {
  const store = createSlowStore()
  const aliases = createKnownAliases({ store })
  const [early, late] = [aliases.refresh(), aliases.refresh()]
  store.answer(1, '2')
  await late
  store.answer(0, '1')
  await early
  expect(await aliases.versionOf('bottle', 'stable')).toBe('2')
})

/** Answers when it is told to. */
function createSlowStore() {
  const reads: PromiseWithResolvers<ModelAlias[]>[] = []
  return {
    reads: () => reads.length,
    listAliases() {
      const read = Promise.withResolvers<ModelAlias[]>()
      reads.push(read)
      return read.promise
    },
    /** Resolves the read that began as the `at`th, with where `bottle@stable` is. */
    answer(at: number, version: string) {
      reads[at]?.resolve([{ model: 'bottle', alias: 'stable', version, setAt: '', setBy: '' }])
    },
  }
}
