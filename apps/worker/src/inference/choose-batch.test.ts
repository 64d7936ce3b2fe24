import { expect, test } from 'vitest'
import { aModelPackage } from '../../../../packages/core/test/model-packages.ts'
import { chooseBatch } from './choose-batch.ts'
import type { LoadedModel } from './load-model.ts'

const cpuUs = () => Object.values(process.cpuUsage()).reduce((sum, us) => sum + us, 0)

/** A model that keeps the processor busy for so long, by the number of images. */
function modelThatTakes(ms: (images: number) => number, fixedBatch: number | null = null) {
  const runs: number[] = []
  const session: LoadedModel['session'] = {
    fixedSize: null,
    fixedBatch,
    outputShapes: [],
    pixelsFor: () => new Float32Array(),
    run: async () => [],
    async runSeveral(_input, images) {
      runs.push(images)
      const untilUs = cpuUs() + ms(images) * 1000
      while (cpuUs() < untilUs);
      return []
    },
    release: async () => {},
  }
  const model: LoadedModel = {
    package: aModelPackage('any'),
    session,
    outputShapes: [],
    layout: { task: 'classify', at: 0 },
    maxImagePixels: 1e6,
  }
  return { model, runs }
}

const AUTO = { atMost: 4, measure: true }

test('as many images as are fastest per image, where that is worth it', async () => {
  const { model } = modelThatTakes((images) => 8 + images)
  expect(await chooseBatch(model, AUTO)).toBe(4)
  const upToTwo = modelThatTakes((images) => (images > 2 ? 40 : 8 + images))
  expect(await chooseBatch(upToTwo.model, AUTO)).toBe(2)
})

test('one image where more take as much longer', async () => {
  const { model } = modelThatTakes((images) => 10 * images)
  expect(await chooseBatch(model, AUTO)).toBe(1)
})

test('one image of a slow model, without trying more', async () => {
  const { model, runs } = modelThatTakes(() => 30)
  expect(await chooseBatch(model, AUTO)).toBe(1)
  expect(runs).toEqual([1])
})

test('as many as somebody says, or none, without measuring', async () => {
  const { model, runs } = modelThatTakes(() => 1)
  expect(await chooseBatch(model, { atMost: 6, measure: false })).toBe(6)
  expect(await chooseBatch(model, { atMost: 1, measure: true })).toBe(1)
  expect(runs).toEqual([])
})

test('as many as the model computes in any case, if so many are allowed', async () => {
  const { model } = modelThatTakes(() => 1, 8)
  expect(await chooseBatch(model, { atMost: 32, measure: true })).toBe(8)
  expect(await chooseBatch(model, AUTO)).toBe(4)
  const single = modelThatTakes(() => 1, 1)
  expect(await chooseBatch(single.model, { atMost: 6, measure: false })).toBe(1)
})
