import { expect, test } from 'vitest'
import { EXAMPLES } from '../../test/formats/predicted-jobs.ts'
import { type GeojsonFeature, toGeojson } from './geojson.ts'
import type { PredictedJob } from './predicted-job.ts'

const read = (job: PredictedJob): GeojsonFeature[] => JSON.parse(toGeojson(job)).features

test('a box is a polygon that ends where it began, turning as RFC 7946 wants it', () => {
  const [feature] = read(EXAMPLES.detect)
  expect(feature?.geometry).toEqual({
    type: 'Polygon',
    coordinates: [
      [
        [10, 20],
        [110, 20],
        [110, 220],
        [10, 220],
        [10, 20],
      ],
    ],
  })
  expect(feature?.properties).toEqual({
    detection: 0,
    kind: 'box',
    class: 0,
    name: 'person',
    confidence: 0.91,
  })
})

test('a mask in two parts is two polygons, a pose a box and its points', () => {
  const [mask] = read(EXAMPLES.segment)
  expect(mask?.geometry.type).toBe('MultiPolygon')
  expect(mask?.geometry.coordinates).toHaveLength(2)
  const pose = read(EXAMPLES.pose)
  expect(pose.map(({ geometry }) => geometry.type)).toEqual(['Polygon', 'MultiPoint'])
  expect(pose.map(({ properties }) => properties.detection)).toEqual([0, 0])
})

test('every ring is closed and turns counterclockwise, as numbers', () => {
  for (const job of [EXAMPLES.detect, EXAMPLES.segment, EXAMPLES.rle, EXAMPLES.pose, EXAMPLES.obb]) {
    for (const { geometry } of read(job)) {
      if (geometry.type === 'MultiPoint') continue
      const polygons = geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.coordinates
      for (const ring of polygons.flat()) {
        expect(ring.at(-1)).toEqual(ring[0])
        const twice = ring.slice(1).reduce((sum, [x, y], at) => {
          const [lastX, lastY] = ring[at] as [number, number]
          return sum + lastX * y - x * lastY
        }, 0)
        expect(twice).toBeGreaterThan(0)
      }
    }
  }
})
