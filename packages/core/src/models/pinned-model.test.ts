import { describe, expect, test } from 'vitest'
import { aJobRecord } from '../../test/job-records.ts'
import { aModelPackage } from '../../test/model-packages.ts'
import { cacheKeyOf } from '../jobs/result-cache.ts'
import type { ModelPackage } from './model-package.ts'
import { isPinned, pin } from './pinned-model.ts'

const MODEL: ModelPackage = {
  ...aModelPackage('bottle-status'),
  names: ['aberta', 'fechada'],
  imgsz: { width: 224, height: 224 },
}

const IMAGE = { sha256: 'a', bytes: 1, width: 1, height: 1, format: 'jpeg' as const }
const recordOf = (model: ModelPackage) => aJobRecord({ ...pin(model), image: IMAGE })
const keyOf = (model: ModelPackage) => cacheKeyOf(recordOf(model), 'client')

describe('the model of a job', () => {
  test.each<[string, Partial<ModelPackage>]>([
    ['another file', { digest: 'sha256:1' }],
    ['another task', { task: 'detect' }],
    ['other names', { names: ['open', 'closed'] }],
    ['the same names in another order', { names: ['fechada', 'aberta'] }],
    ['another size', { imgsz: { width: 224, height: 320 } }],
    ['another stride', { stride: 64 }],
    ['another fit', { fit: 'pad' }],
    ['other keypoints', { keypoints: { count: 17, numbers: 3 } }],
    ['another word on suppression', { endToEnd: true }],
  ])('is not one with %s, and their answers are kept apart', (_what, change) => {
    const other = { ...MODEL, ...change }
    expect(isPinned(other, recordOf(MODEL))).toBe(false)
    expect(keyOf(other)).not.toBe(keyOf(MODEL))
  })

  test('is the same under another name, in another place, and with more said of it', () => {
    const other = { ...MODEL, version: '2', path: '/elsewhere', description: 'Bottles', licence: 'AGPL-3.0' }
    expect(isPinned(other, recordOf(MODEL))).toBe(true)
    expect(keyOf(other)).toBe(keyOf(MODEL))
  })

  test('from before it was kept how it is read is known by its file', () => {
    const { model } = pin(MODEL)
    const record = aJobRecord({ model })
    expect(isPinned({ ...MODEL, fit: 'pad' }, record)).toBe(true)
    expect(isPinned({ ...MODEL, digest: 'sha256:1' }, record)).toBe(false)
  })
})
