import fc from 'fast-check'
import { expect, test } from 'vitest'
import { anyDetectJob, aPredictedJob, EXAMPLES } from '../../test/formats/predicted-jobs.ts'
import { isLocated } from './detections.ts'
import { toYolo } from './yolo.ts'

test('a box is a line of its class, centre and size, in parts of the image', () => {
  expect(toYolo(EXAMPLES.detect)).toBe('0 0.09375 0.25 0.15625 0.416667\n41 0.5 0.5 1 1\n')
})

test('with saveConf each line ends with the confidence', () => {
  expect(toYolo(EXAMPLES.detect, { saveConf: true }).split('\n')[0]).toBe(
    '0 0.09375 0.25 0.15625 0.416667 0.91',
  )
})

test('a mask is its outline', () => {
  expect(toYolo(EXAMPLES.segment)).toMatch(/^0 0\.03125 0\.0833333 0\.09375 0\.166667 /)
  expect(toYolo(EXAMPLES.segment).trim().split(' ')).toHaveLength(1 + 2 * 9)
})

test('keypoints follow the box, each with how surely it is to be seen', () => {
  expect(toYolo(EXAMPLES.pose)).toBe(
    '0 0.09375 0.25 0.15625 0.416667 0.03125 0.104167 0.9 0.046875 0.125 0.4 0.0625 0.145833 0.1\n',
  )
})

test('a rotated box is its four corners', () => {
  expect(toYolo(EXAMPLES.obb)).toBe('0 0.15625 0.104167 0.234375 0.208333 0.15625 0.3125 0.078125 0.208333\n')
})

test('a classification is probabilities and names', () => {
  expect(toYolo(EXAMPLES.classify)).toBe('0.97 aberta\n0.03 fechada\n')
})

test('an outline of two points, which no loader takes, is left out', () => {
  const [item] = EXAMPLES.segment.predictions
  const thin = aPredictedJob('segment', [
    { ...item, segments: { x: [1, 2], y: [1, 1] } } as (typeof EXAMPLES.segment.predictions)[0],
  ])
  expect(toYolo(thin)).toBe('')
})

test('numbers are written as C writes %g', () => {
  const item = { name: 'dot', class: 0, confidence: 0.5, box: { x1: 0, y1: 0, x2: 0.01, y2: 0.3 } }
  expect(toYolo(aPredictedJob('detect', [item], { width: 8000, height: 8000 }))).toBe(
    '0 6.25e-07 1.875e-05 1.25e-06 3.75e-05\n',
  )
})

test('any box comes back from its line within half a pixel', () => {
  fc.assert(
    fc.property(anyDetectJob, (job) => {
      const lines = toYolo(job).split('\n').slice(0, -1)
      const items = job.predictions.filter(isLocated)
      expect(lines.length).toBe(items.length)
      lines.forEach((line, at) => {
        const [classNumber, x = 0, y = 0, width = 0, height = 0] = line.split(' ').map(Number)
        const { box, class: expected } = items[at] as (typeof items)[number]
        expect(classNumber).toBe(expected)
        expect(Math.abs((x - width / 2) * job.image.width - box.x1)).toBeLessThan(0.5)
        expect(Math.abs((y - height / 2) * job.image.height - box.y1)).toBeLessThan(0.5)
        expect(Math.abs((x + width / 2) * job.image.width - box.x2)).toBeLessThan(0.5)
        expect(Math.abs((y + height / 2) * job.image.height - box.y2)).toBeLessThan(0.5)
      })
    }),
  )
})
