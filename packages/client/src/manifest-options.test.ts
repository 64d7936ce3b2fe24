import { expect, test } from 'vitest'
import { UsageError } from './command-error.ts'
import { toManifest } from './manifest-options.ts'
import { parseModelReference } from './model-reference.ts'

test('options become a manifest; what is not said is left out', () => {
  expect(toManifest({})).toEqual({})
  expect(
    toManifest({
      task: 'classify',
      names: 'open, closed',
      imgsz: '384x640',
      licence: 'MIT',
      description: 'Caps',
    }),
  ).toEqual({
    task: 'classify',
    names: ['open', 'closed'],
    imgsz: [384, 640],
    licence: 'MIT',
    description: 'Caps',
  })
  expect(toManifest({ imgsz: '640' })).toEqual({ imgsz: 640 })
})

test.each([
  [{ task: 'guess' }, /--task "guess": /],
  [{ imgsz: 'big' }, /--imgsz "big": /],
  [{ imgsz: '-1' }, /--imgsz "-1": /],
  [{ imgsz: '1x2x3' }, /--imgsz "1x2x3": /],
])('%j is refused, with the value', (options, message) => {
  expect(() => toManifest(options)).toThrow(UsageError)
  expect(() => toManifest(options)).toThrow(message)
})

test('a model is a name, or a name and a version', () => {
  expect(parseModelReference('bottle-status')).toEqual({ name: 'bottle-status', version: undefined })
  expect(parseModelReference('bottle-status@1.0-int8')).toEqual({
    name: 'bottle-status',
    version: '1.0-int8',
  })
  for (const wrong of ['', '../x', 'a b', 'a@', 'a@../1', '@1', '.hidden']) {
    expect(() => parseModelReference(wrong)).toThrow(UsageError)
  }
})
