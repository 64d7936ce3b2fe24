import type { ModelPackage } from '@lupa/core/models/model-package'
import { expect, test } from 'vitest'
import { createModelShelf } from './model-shelf.ts'

function modelOf(digest: string): ModelPackage {
  const size = { width: 32, height: 32 }
  return {
    name: digest,
    version: '1',
    task: 'detect',
    names: ['a'],
    imgsz: size,
    stride: 32,
    fit: 'pad',
    keypoints: null,
    endToEnd: null,
    digest,
    path: `/${digest}`,
    bytes: 1,
    licence: null,
    description: null,
  }
}

function shelfOf(limit: number) {
  const events: string[] = []
  const shelf = createModelShelf({
    limit,
    async load(model) {
      if (model.digest === 'broken') throw new Error('broken')
      events.push(`load ${model.digest}`)
      const session = {
        fixedSize: null,
        fixedBatch: null,
        outputShapes: [],
        pixelsFor: () => new Float32Array(0),
        run: async () => [],
        release: async () => void events.push(`release ${model.digest}`),
      }
      return { package: model, session, layout: { task: 'classify', at: 0 } }
    },
  })
  return { shelf, events }
}

test('a model is loaded once, and the one used longest ago makes room', async () => {
  const { shelf, events } = shelfOf(2)
  for (const digest of ['a', 'b', 'a', 'c', 'a', 'b']) await shelf.get(modelOf(digest))
  expect(events).toEqual(['load a', 'load b', 'load c', 'release b', 'load b', 'release c'])
  expect(shelf.digests()).toEqual(['a', 'b'])
})

test('a model that does not load costs no other its place', async () => {
  const { shelf, events } = shelfOf(1)
  await shelf.get(modelOf('a'))
  await expect(shelf.get(modelOf('broken'))).rejects.toThrow('broken')
  await shelf.get(modelOf('a'))
  expect(events).toEqual(['load a'])
})
