import { expect, test } from 'vitest'
import { EXAMPLES } from '../../test/formats/predicted-jobs.ts'
import { type LabelmeFile, toLabelme } from './labelme.ts'
import type { PredictedJob } from './predicted-job.ts'

const read = (job: PredictedJob): LabelmeFile => JSON.parse(toLabelme(job))

test('a box is a rectangle of two corners, beside the image it is of', () => {
  expect(read(EXAMPLES.detect)).toMatchObject({
    imagePath: 'garrafa.jpg',
    imageWidth: 640,
    imageHeight: 480,
    imageData: null,
  })
  expect(read(EXAMPLES.detect).shapes[0]).toMatchObject({
    label: 'person',
    shape_type: 'rectangle',
    points: [
      [10, 20],
      [110, 220],
    ],
    group_id: null,
    description: 'confidence 0.91',
  })
})

test('shapes of one detection share a group', () => {
  expect(read(EXAMPLES.segment).shapes.map(({ shape_type, group_id }) => [shape_type, group_id])).toEqual([
    ['polygon', 1],
    ['polygon', 1],
  ])
  expect(
    read(EXAMPLES.pose).shapes.map(({ label, shape_type, group_id }) => [label, shape_type, group_id]),
  ).toEqual([
    ['person', 'rectangle', 1],
    ['0', 'point', 1],
    ['1', 'point', 1],
    ['2', 'point', 1],
  ])
})

test('an image from a folder of an archive is looked for beside the file', () => {
  expect(read({ ...EXAMPLES.detect, image_name: '../line 3/a.jpg' }).imagePath).toBe('a.jpg')
})
