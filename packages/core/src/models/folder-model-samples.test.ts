import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createFolderModelSamples } from './folder-model-samples.ts'

let directory: string

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'lupa-samples-'))
  mkdirSync(join(directory, 'bottles/samples'), { recursive: true })
  for (const name of ['b.jpg', 'a.PNG', 'expected.json', '.hidden.jpg'])
    writeFileSync(join(directory, 'bottles/samples', name), name)
  writeFileSync(join(directory, 'secret.jpg'), 'not for others')
})
afterAll(() => rmSync(directory, { recursive: true }))

test('the samples of a model are the pictures in its folder, in order', async () => {
  const samples = createFolderModelSamples({ directory })
  expect(await samples.list('bottles')).toEqual(['a.PNG', 'b.jpg'])
  expect(await samples.list('none')).toEqual([])
  expect(Buffer.from((await samples.get('bottles', 'b.jpg')) ?? []).toString()).toBe('b.jpg')
})

test.each([
  ['bottles', 'expected.json'],
  ['bottles', '../../secret.jpg'],
  ['..', 'secret.jpg'],
  ['bottles/samples/../..', 'secret.jpg'],
  ['bottles', 'c.jpg'],
])('%s has no sample %s', async (model, name) => {
  expect(await createFolderModelSamples({ directory }).get(model, name)).toBeUndefined()
})
