import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { LupaError } from '@lupa/core/domain/errors'
import { createFolderModelCatalog } from '@lupa/core/models/folder-model-catalog'
import { createKnownAliases } from '@lupa/core/models/known-aliases'
import type { ModelAlias } from '@lupa/core/models/model-alias-store'
import type { ModelPackage } from '@lupa/core/models/model-package'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { CLASSIFIER, onnxFile } from '../../../packages/core/test/models/onnx-file.ts'
import { createFollowModels, modelsToPreload, type PreloadOptions } from '../src/preload.ts'

let directory: string
let stored: ModelAlias[]
let isStoreAway: boolean
let options: PreloadOptions

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'lupa-test-preload-'))
  stored = []
  isStoreAway = false
  const store = {
    async listAliases() {
      if (isStoreAway) throw new LupaError('store_unavailable', 'The store is away.')
      return stored
    },
  }
  options = {
    catalog: createFolderModelCatalog({ directory }),
    aliases: createKnownAliases({ store }),
    defaultModel: 'bottle',
    limit: 3,
  }
  for (const version of ['1', '2', '10']) put('bottle', version)
  for (const name of ['apple', 'cat']) put(name, '1')
})
afterEach(() => rmSync(directory, { recursive: true }))

describe('what is loaded before a job asks for it', () => {
  test('is the default model, and of the others what a request without a version runs', async () => {
    expect(await preloaded()).toEqual(['bottle@10', 'apple@1', 'cat@1'])
  })

  test('is what `stable` means rather than the highest version', async () => {
    point('bottle', 'stable', '2')
    expect(await preloaded()).toEqual(['bottle@2', 'apple@1', 'cat@1'])
    options = { ...options, defaultModel: 'bottle@1' }
    expect(await preloaded()).toEqual(['bottle@1', 'bottle@2', 'apple@1'])
  })

  test('is what any alias means, before what nobody has chosen', async () => {
    point('cat', 'candidate', '1')
    point('bottle', 'candidate', '1')
    expect(await preloaded()).toEqual(['bottle@10', 'cat@1', 'bottle@1'])
    options = { ...options, limit: 1 }
    expect(await preloaded()).toEqual(['bottle@10'])
  })

  test('is what an alias is being switched to, right after the default model', async () => {
    point('apple', 'stable', '1')
    point('bottle', 'stable', '1')
    point('cat', 'stable', '1')
    point('cat', 'stable.next', '2')
    put('cat', '2')
    expect(await preloaded()).toEqual(['bottle@1', 'cat@2', 'apple@1'])
  })

  test('is nothing that cannot be served, and no version in place of what an alias means', async () => {
    point('bottle', 'stable', '9')
    put('apple', '2', Buffer.from('no model'))
    expect(await preloaded()).toEqual(['apple@1', 'cat@1'])
  })

  test('is the highest versions where the store cannot say what aliases mean', async () => {
    point('bottle', 'stable', '2')
    isStoreAway = true
    expect(await preloaded()).toEqual(['bottle@10', 'apple@1', 'cat@1'])
  })
})

test('what is new there is prepared, once: pointed to by an alias, or put into the folder', async () => {
  const prepared: string[] = []
  let pinned = ''
  const follow = createFollowModels({
    ...options,
    preloaded: await modelsToPreload(options),
    prepare: (model) => prepared.push(nameOf(model)),
    pin: (model) => (pinned = nameOf(model)),
  })
  await follow()
  expect(prepared).toEqual([])
  expect(pinned).toBe('bottle@10')
  point('bottle', 'candidate', '2')
  await follow()
  await follow()
  expect(prepared).toEqual(['bottle@2'])
  stored = []
  point('bottle', 'stable', '2')
  put('apple', '2')
  await follow()
  await follow()
  // The candidate had taken the place of the cat, which may have been unloaded since.
  expect(prepared).toEqual(['bottle@2', 'apple@2', 'cat@1'])
  expect(pinned).toBe('bottle@2')
  isStoreAway = true
  await expect(follow()).rejects.toMatchObject({ code: 'store_unavailable' })
  expect(prepared).toHaveLength(3)
})

async function preloaded(): Promise<string[]> {
  return (await modelsToPreload(options)).map(nameOf)
}

function nameOf({ name, version }: ModelPackage): string {
  return `${name}@${version}`
}

function point(model: string, alias: string, version: string): void {
  stored = [...stored, { model, alias, version, setAt: '2026-11-23T12:00:00.000Z', setBy: 'ana' }]
}

function put(
  name: string,
  version: string,
  bytes = onnxFile({ ...CLASSIFIER, comment: `${name} ${version}` }),
) {
  const folder = join(directory, name, version)
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'model.onnx'), bytes)
}
