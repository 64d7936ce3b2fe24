import fc from 'fast-check'
import { expect, test } from 'vitest'
import { anyDetectJob, EXAMPLES } from '../../test/formats/predicted-jobs.ts'
import { type CocoDataset, toCoco } from './coco.ts'
import { isLocated } from './detections.ts'

const read = (...args: Parameters<typeof toCoco>): CocoDataset => JSON.parse(toCoco(...args))

test('a box is x, y, width and height, of an image and a category that are listed', () => {
  const { images, annotations, categories } = read(EXAMPLES.detect)
  expect(images).toEqual([
    expect.objectContaining({ id: 1, file_name: 'garrafa.jpg', width: 640, height: 480 }),
  ])
  expect(annotations[0]).toEqual({
    id: 1,
    image_id: 1,
    category_id: 1,
    score: 0.91,
    bbox: [10, 20, 100, 200],
    area: 20_000,
    iscrowd: 0,
    segmentation: [],
  })
  expect(categories).toEqual([
    { id: 1, name: 'person', supercategory: '' },
    { id: 42, name: 'cup', supercategory: '' },
  ])
})

test('all classes of the model are listed when they are known', () => {
  expect(
    read(EXAMPLES.pose, { names: ['person', 'dog'] }).categories.map(({ id, name }) => [id, name]),
  ).toEqual([
    [1, 'person'],
    [2, 'dog'],
  ])
})

test('a mask in two parts is two polygons, without what ties them', () => {
  const [annotation] = read(EXAMPLES.segment).annotations
  expect(annotation?.segmentation).toEqual([
    [20, 40, 60, 80, 20, 80],
    [80, 40, 100, 40, 100, 60, 80, 60],
  ])
  expect(annotation?.area).toBe(800 + 400)
})

test('a mask as RLE is given as it is, with its area in pixels', () => {
  const [item] = EXAMPLES.rle.predictions
  const [annotation] = read(EXAMPLES.rle).annotations
  expect(annotation?.segmentation).toEqual((item as unknown as { mask: unknown }).mask)
  expect(annotation?.area).toBe(8)
})

test('keypoints are x, y and 2 where they are to be seen, else 1', () => {
  const { annotations, categories } = read(EXAMPLES.pose)
  expect(annotations[0]?.keypoints).toEqual([20, 50, 2, 30, 60, 1, 40, 70, 1])
  expect(annotations[0]?.num_keypoints).toBe(3)
  expect(categories[0]).toMatchObject({ keypoints: ['0', '1', '2'], skeleton: [] })
})

test('a rotated box is a polygon in the upright box around it', () => {
  const [annotation] = read(EXAMPLES.obb).annotations
  expect(annotation).toMatchObject({
    bbox: [50, 50, 100, 100],
    area: 5000,
    segmentation: [[100, 50, 150, 100, 100, 150, 50, 100]],
  })
})

test('any box is inside its image, and where it was', () => {
  fc.assert(
    fc.property(anyDetectJob, (job) => {
      const { annotations, categories } = read(job)
      const items = job.predictions.filter(isLocated)
      expect(annotations.map(({ id }) => id)).toEqual(items.map((_, at) => at + 1))
      const known = new Set(categories.map(({ id }) => id))
      annotations.forEach(({ bbox: [x, y, width, height], category_id }, at) => {
        const { box } = items[at] as (typeof items)[number]
        expect(known.has(category_id)).toBe(true)
        expect(Math.min(x, y, width, height)).toBeGreaterThanOrEqual(0)
        expect(x + width).toBeLessThanOrEqual(job.image.width + 1e-4)
        expect(y + height).toBeLessThanOrEqual(job.image.height + 1e-4)
        expect(x).toBeCloseTo(box.x1, 3)
        expect(y + height).toBeCloseTo(box.y2, 3)
      })
    }),
  )
})
