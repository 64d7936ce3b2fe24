import { expect, test } from 'vitest'
import { EXAMPLES } from '../../test/formats/predicted-jobs.ts'
import { FORMAT_NAMES, FORMATS, formatsOf, formattedName } from './formats.ts'

test.each(FORMAT_NAMES)('%s is written of every task that it is said to be of', (name) => {
  for (const task of FORMATS[name].tasks)
    expect(FORMATS[name].write(EXAMPLES[task], {}).length).toBeGreaterThan(0)
})

test('no media type means two formats', () => {
  const types = FORMAT_NAMES.map((name) => FORMATS[name].mediaType)
  expect(new Set(types).size).toBe(types.length)
})

test('classes without a place are not drawn as boxes', () => {
  expect(formatsOf('classify')).toEqual(['native', 'yolo', 'csv', 'svg'])
})

test('files are called after the image', () => {
  expect(formattedName(EXAMPLES.detect, 'yolo')).toBe('garrafa.txt')
  expect(formattedName({ ...EXAMPLES.detect, image_name: 'a/b.tar.png' }, 'coco')).toBe('b.tar.coco.json')
  expect(formattedName({ ...EXAMPLES.detect, image_name: null }, 'csv')).toBe(`${EXAMPLES.detect.id}.csv`)
  expect(formattedName({ ...EXAMPLES.detect, image_name: '.jpg' }, 'csv')).toBe('.jpg.csv')
})
