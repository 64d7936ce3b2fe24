import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createFolderModelCatalog } from '@lupa/core/models/folder-model-catalog'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { stageModel } from './install-model.ts'

let directory: string
let modelsDirectory: string
let file: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'lupa-test-install-'))
  modelsDirectory = join(directory, 'models')
  file = join(directory, 'best.onnx')
  writeFileSync(file, 'a model')
})
afterEach(() => rmSync(directory, { recursive: true }))

const stage = (version = '1') => stageModel({ file, modelsDirectory, name: 'jar', version })

test('a staged model is no version until it is installed, and then all of it at once', async () => {
  const catalog = createFolderModelCatalog({ directory: modelsDirectory })
  using staged = await stage()
  await staged.describe({ name: 'jar', version: '1' })
  await staged.write('quantization.json', '{}')
  expect(await catalog.list()).toEqual([])
  const place = await staged.install()
  expect(place).toBe(join(modelsDirectory, 'jar', '1'))
  expect(readdirSync(place).toSorted()).toEqual(['manifest.json', 'model.onnx', 'quantization.json'])
  expect(readFileSync(join(place, 'model.onnx'), 'utf8')).toBe('a model')
  expect(JSON.parse(readFileSync(join(place, 'manifest.json'), 'utf8'))).toEqual({
    name: 'jar',
    version: '1',
  })
  expect((await catalog.list()).map(({ name, version }) => `${name}@${version}`)).toEqual(['jar@1'])
})

test('what is not installed leaves nothing, not even the folder of a model without versions', async () => {
  {
    using _staged = await stage()
    expect(readdirSync(join(modelsDirectory, 'jar'))).toHaveLength(1)
  }
  expect(readdirSync(modelsDirectory)).toEqual([])
})

test('what was installed stays, and other versions stay with it', async () => {
  {
    using staged = await stage()
    await staged.install()
  }
  {
    using _staged = await stage('2')
  }
  expect(readdirSync(join(modelsDirectory, 'jar'))).toEqual(['1'])
})

test('a version that exists is never written over', async () => {
  mkdirSync(join(modelsDirectory, 'jar', '1'), { recursive: true })
  writeFileSync(join(modelsDirectory, 'jar', '1', 'model.onnx'), 'the old one')
  await expect(stage()).rejects.toThrow(/jar@1 exists already, in .*choose another --version/)
  expect(readFileSync(join(modelsDirectory, 'jar', '1', 'model.onnx'), 'utf8')).toBe('the old one')
  expect(readdirSync(join(modelsDirectory, 'jar'))).toEqual(['1'])
})

test('of two who add the same version one is told that it was taken', async () => {
  using first = await stage()
  using second = await stage()
  await first.install()
  await expect(second.install()).rejects.toThrow('jar@1 exists already')
})

test('a file that cannot be read leaves nothing', async () => {
  rmSync(file)
  await expect(stage()).rejects.toThrow(/best\.onnx cannot be copied .*ENOENT/)
  expect(existsSync(join(modelsDirectory, 'jar'))).toBe(false)
})
