import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { DEFAULT_PARAMS } from '@lupa/core/domain/params'
import { createFolderModelCatalog } from '@lupa/core/models/folder-model-catalog'
import { expect, test } from 'vitest'
import { loadModel } from '../src/inference/load-model.ts'
import { predictImage } from '../src/inference/predict-image.ts'

const MODELS = resolve(import.meta.dirname, '../../../models')

const shipped = await createFolderModelCatalog({ directory: MODELS }).list()
const withSamples = shipped.filter(({ name }) => existsSync(join(MODELS, name, 'samples', 'expected.json')))

test('every model in the repository can be served', () => {
  expect(shipped.filter(({ failure }) => failure)).toEqual([])
})

test.each(withSamples)(
  '$name@$version says of its samples what is written there',
  async ({ name, package: model }) => {
    if (!model) throw new Error(`${name} cannot be served`)
    const samples = join(MODELS, name, 'samples')
    const expected = JSON.parse(readFileSync(join(samples, 'expected.json'), 'utf8')) as Record<
      string,
      { prediction: string; confidence: number }
    >
    const loaded = await loadModel(model, { threads: 1 })
    for (const [file, { prediction, confidence }] of Object.entries(expected)) {
      const { view } = await predictImage(readFileSync(join(samples, file)), loaded, DEFAULT_PARAMS)
      expect([file, view.prediction]).toEqual([file, prediction])
      expect(Math.abs((view.confidence ?? 0) - confidence)).toBeLessThan(0.08)
    }
  },
)
