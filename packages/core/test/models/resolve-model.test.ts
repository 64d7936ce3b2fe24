import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { LupaError } from '../../src/domain/errors.ts'
import { createFolderModelCatalog } from '../../src/models/folder-model-catalog.ts'
import { createKnownAliases } from '../../src/models/known-aliases.ts'
import type { ModelAlias } from '../../src/models/model-alias-store.ts'
import { createResolveModel, type ResolveModel } from '../../src/models/resolve-model.ts'
import { CLASSIFIER, onnxFile } from './onnx-file.ts'

let directory: string
let stored: ModelAlias[]
let isStoreAway: boolean
let resolve: ResolveModel
let refresh: () => Promise<void>

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'lupa-test-models-'))
  stored = []
  isStoreAway = false
  const aliases = createKnownAliases({
    store: {
      async listAliases() {
        if (isStoreAway) throw new LupaError('store_unavailable', 'The store is away.')
        return stored
      },
    },
  })
  refresh = () => aliases.refresh()
  resolve = createResolveModel({ catalog: createFolderModelCatalog({ directory }), aliases })
  for (const version of ['1', '2', '10']) put(version)
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

describe('a model', () => {
  test('without aliases is its highest version, or the one that is named', async () => {
    expect(await meant('bottle')).toEqual(['10', null])
    expect(await meant('bottle@2')).toEqual(['2', null])
  })

  test('named alone is what its alias `stable` means', async () => {
    point('stable', '2')
    expect(await meant('bottle')).toEqual(['2', 'stable'])
    expect(await meant('bottle@stable')).toEqual(['2', 'stable'])
    expect(await meant('bottle@10')).toEqual(['10', null])
  })

  test('is found by any other alias too, which changes nothing for those who name none', async () => {
    point('candidate', '1')
    expect(await meant('bottle@candidate')).toEqual(['1', 'candidate'])
    expect(await meant('bottle')).toEqual(['10', null])
  })

  test("does not have another model's aliases", async () => {
    stored.push({ ...anAlias('stable', '2'), model: 'other' })
    expect(await meant('bottle')).toEqual(['10', null])
    await expect(resolve('bottle@candidate')).rejects.toMatchObject({ code: 'model_not_found' })
    await expect(resolve('bottle@constructor')).rejects.toMatchObject({ code: 'model_not_found' })
  })

  test('has versions that go before aliases: what a job has recorded leads back to it', async () => {
    point('2', '1')
    point('broken', '1')
    put('broken', Buffer.from('no model'))
    expect(await meant('bottle@2')).toEqual(['2', null])
    await expect(resolve('bottle@broken')).rejects.toThrow(/it is no ONNX model/)
  })

  test('named alone is never a folder that happens to be called `stable`', async () => {
    put('stable')
    point('stable', '2')
    expect(await meant('bottle')).toEqual(['2', 'stable'])
    expect(await meant('bottle@stable')).toEqual(['stable', null])
  })
})

describe('an alias whose version cannot be served', () => {
  test('is an error that names it, never another version', async () => {
    put('10', Buffer.from('no model'))
    point('stable', '10')
    point('candidate', '77')
    for (const wanted of ['bottle', 'bottle@stable']) {
      await expect(resolve(wanted)).rejects.toMatchObject({
        code: 'model_unavailable',
        message: expect.stringMatching(
          /^bottle@stable is version 10, which .*it is no ONNX model.* PUT \/v1/,
        ),
      })
    }
    await expect(resolve('bottle@candidate')).rejects.toMatchObject({
      code: 'model_unavailable',
      message: expect.stringMatching(/^bottle@candidate is version 77, .*Available: bottle@2, bottle@1/),
    })
    expect(await meant('bottle@1')).toEqual(['1', null])
  })
})

describe('a store that is away', () => {
  test('leaves the aliases that were known last', async () => {
    point('stable', '2')
    await refresh()
    isStoreAway = true
    await expect(refresh()).rejects.toMatchObject({ code: 'store_unavailable' })
    expect(await meant('bottle')).toEqual(['2', 'stable'])
  })

  test('and was never read leaves versions that are named: what an alias means is not guessed', async () => {
    isStoreAway = true
    expect(await meant('bottle@2')).toEqual(['2', null])
    await expect(resolve('bottle')).rejects.toMatchObject({ code: 'store_unavailable' })
    await expect(resolve('bottle@stable')).rejects.toMatchObject({ code: 'store_unavailable' })
    isStoreAway = false
    expect(await meant('bottle')).toEqual(['10', null])
  })
})

async function meant(wanted: string): Promise<[version: string, alias: string | null]> {
  const { model, alias } = await resolve(wanted)
  return [model.version, alias]
}

function point(alias: string, version: string): void {
  stored = [...stored, anAlias(alias, version)]
}

function anAlias(alias: string, version: string): ModelAlias {
  return { model: 'bottle', alias, version, setAt: '2026-11-23T12:00:00.000Z', setBy: 'ana' }
}

function put(version: string, bytes = onnxFile({ ...CLASSIFIER, version })): void {
  const folder = join(directory, 'bottle', version)
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'model.onnx'), bytes)
}
