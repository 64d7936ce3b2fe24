import { expect, test } from 'vitest'
import { aModelPackage } from '../../../../packages/core/test/model-packages.ts'
import { leaverFor, type Places, withModel } from './places.ts'

const [pinned, a, b, c] = ['pinned', 'a', 'b', 'c'].map(aModelPackage) as [Model, Model, Model, Model]
type Model = ReturnType<typeof aModelPackage>

/** @param used the models in the order in which they were asked for */
function placesFor(count: number, used: Model[] = []): Places {
  const order = used.map(({ digest }) => digest)
  return { count, pinned: pinned.digest, usedAtMs: (digest) => order.indexOf(digest) + 1 }
}

const names = (models: Model[]) => models.map(({ name }) => name)

test('a further model takes a free place', () => {
  expect(names(withModel([pinned, a], b, placesFor(3)))).toEqual(['b', 'pinned', 'a'])
  expect(leaverFor([pinned, a], b, placesFor(3))).toBeUndefined()
})

test('without one, that which was asked for longest ago goes, or was never', () => {
  expect(names(withModel([pinned, a, b], c, placesFor(3, [b, a])))).toEqual(['c', 'pinned', 'a'])
  expect(leaverFor([pinned, a, b], c, placesFor(3, [b]))?.name).toBe('a')
})

test('the pinned one stays, used or not, unless there is but one place', () => {
  expect(names(withModel([a, pinned], c, placesFor(2, [a])))).toEqual(['c', 'pinned'])
  expect(names(withModel([pinned], c, placesFor(1, [pinned])))).toEqual(['c'])
})

test('a model that is there already takes no further place', () => {
  expect(names(withModel([pinned, a, b], a, placesFor(3)))).toEqual(['a', 'pinned', 'b'])
  expect(leaverFor([pinned, a, b], a, placesFor(3))).toBeUndefined()
})
