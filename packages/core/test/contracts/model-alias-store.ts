import { describe, expect, test } from 'vitest'
import type { RecordStore } from '../../src/jobs/record-store.ts'
import type { ModelAlias } from '../../src/models/model-alias-store.ts'
import { openedStore } from './opened-store.ts'

/** What every store of model aliases promises. */
export function describeModelAliasStore(
  name: string,
  openStore: () => Promise<{ store: RecordStore } & AsyncDisposable>,
): void {
  describe(`${name} keeps its promises about aliases of models`, () => {
    const store = openedStore(openStore)

    const listed = async (model: string) =>
      (await store.listAliases()).filter((alias) => alias.model === model)

    test('an alias is where it was pointed last, and it is told where it was before', async () => {
      const first = anAlias({ model: 'moved' })
      expect(await store.setAlias(first)).toEqual({ accepted: true, before: undefined })
      const next = { ...first, version: '2', setAt: '2026-11-24T12:00:00.000Z', setBy: 'rui' }
      expect(await store.setAlias(next)).toEqual({ accepted: true, before: first })
      expect(await listed('moved')).toEqual([next])
    })

    test('pointed to where it is, it stays as it was', async () => {
      const first = anAlias({ model: 'same' })
      await store.setAlias(first)
      const again = { ...first, setAt: '2026-11-24T12:00:00.000Z', setBy: 'rui' }
      expect(await store.setAlias(again)).toEqual({ accepted: true, before: first })
      expect(await listed('same')).toEqual([first])
    })

    test('one that is not where it is expected to be is left there', async () => {
      const second = anAlias({ model: 'expected', version: '2' })
      expect(await store.setAlias(second, '1')).toEqual({ accepted: false, before: undefined })
      expect(await store.setAlias(second, null)).toEqual({ accepted: true, before: undefined })
      const third = { ...second, version: '3' }
      expect(await store.setAlias(third, null)).toEqual({ accepted: false, before: second })
      expect(await store.setAlias(third, '1')).toEqual({ accepted: false, before: second })
      expect(await listed('expected')).toEqual([second])
      expect(await store.setAlias(third, '2')).toEqual({ accepted: true, before: second })
      expect(await listed('expected')).toEqual([third])
    })

    test('of ten that expect the same at once, one is right', async () => {
      const first = anAlias({ model: 'raced', version: '0' })
      const versions = Array.from({ length: 10 }, (_, at) => `${at + 1}`)
      const race = async (expected: string | null) => {
        const answers = await Promise.all(
          versions.map((version) => store.setAlias({ ...first, version }, expected)),
        )
        return answers.map(({ accepted }) => accepted).filter(Boolean)
      }
      expect(await race(null)).toEqual([true])
      await store.setAlias(first)
      expect(await race('0')).toEqual([true])
      expect(versions).toContain((await listed('raced'))[0]?.version)
    })

    test('of many set at once with nothing expected, each takes over from another', async () => {
      const versions = Array.from({ length: 10 }, (_, at) => `${at}`)
      const answers = await Promise.all(
        versions.map((version) => store.setAlias(anAlias({ model: 'chain', version }))),
      )
      expect(answers.every(({ accepted }) => accepted)).toBe(true)
      const last = (await listed('chain')).map(({ version }) => version)
      const replaced = answers.flatMap(({ before }) => (before ? [before.version] : []))
      expect([...replaced, ...last].toSorted()).toEqual(versions)
    })

    test('a deleted alias is gone, and it is told what it was', async () => {
      const alias = anAlias({ model: 'deleted' })
      expect(await store.deleteAlias('deleted', 'stable')).toBeUndefined()
      await store.setAlias(alias)
      expect(await store.deleteAlias('deleted', 'candidate')).toBeUndefined()
      expect(await store.deleteAlias('deleted', 'stable')).toEqual(alias)
      expect(await store.deleteAlias('deleted', 'stable')).toBeUndefined()
      expect(await listed('deleted')).toEqual([])
      expect(await store.setAlias(alias, null)).toEqual({ accepted: true, before: undefined })
    })

    test('all are listed, by model and alias, each under its own however odd the names are', async () => {
      const names = ['a.b', 'a-b', 'A', 'a_b', 'v1.2.3', 'x'.repeat(255), 'a/b#c?d', 'ção']
      const aliases = names.flatMap((model) =>
        names.map((alias) => anAlias({ model: `odd ${model}`, alias, version: `${model} ${alias}` })),
      )
      await Promise.all(aliases.map((alias) => store.setAlias(alias)))
      const found = (await store.listAliases()).filter(({ model }) => model.startsWith('odd '))
      const byName = (one: ModelAlias, other: ModelAlias) =>
        compare(one.model, other.model) || compare(one.alias, other.alias)
      expect(found).toEqual(aliases.toSorted(byName))
    })
  })
}

const compare = (a: string, b: string) => Number(a > b) - Number(a < b)

function anAlias(overrides: Partial<ModelAlias> = {}): ModelAlias {
  return {
    model: 'bottle-status',
    alias: 'stable',
    version: '1',
    setAt: '2026-11-23T12:00:00.000Z',
    setBy: 'ana',
    ...overrides,
  }
}
