import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { anyDetectJob, EXAMPLES } from '../../test/formats/predicted-jobs.ts'
import { toCsv } from './csv.ts'
import type { PredictedJob } from './predicted-job.ts'

const read = (job: PredictedJob): Record<string, string>[] =>
  parse(toCsv(job), { columns: true, record_delimiter: '\r\n' })

test('each item is a row, under the names of the columns', () => {
  expect(read(EXAMPLES.detect)).toHaveLength(2)
  expect(read(EXAMPLES.detect)[0]).toEqual({
    job_id: EXAMPLES.detect.id,
    image_name: 'garrafa.jpg',
    image_width: '640',
    image_height: '480',
    model: 'things@2',
    class: '0',
    name: 'person',
    confidence: '0.91',
    x1: '10',
    y1: '20',
    x2: '110',
    y2: '220',
  })
})

test('outlines, keypoints and corners have columns of their own', () => {
  expect(read(EXAMPLES.segment)[0]?.polygon).toBe('20,40 60,80 20,80;80,40 100,40 100,60 80,60')
  expect(read(EXAMPLES.pose)[0]?.keypoints).toBe('20,50,0.9 30,60,0.4 40,70,0.1')
  expect(read(EXAMPLES.obb)[0]).toMatchObject({ x1: '100', y1: '50', x4: '50', y4: '100' })
  expect(read(EXAMPLES.classify)[1]).toMatchObject({ name: 'fechada', confidence: '0.0269' })
})

test.each(['=HYPERLINK("http://x")', '+1', '-1+2', '@SUM(A1)', '\t=1', ' =1', '＝1'])(
  'a text that a spreadsheet would run is not run: %j',
  (name) => {
    const [row] = read({ ...EXAMPLES.detect, image_name: name })
    expect(row?.image_name).toBe(`'${name}`)
  },
)

test('a number below zero stays a number', () => {
  const job = structuredClone(EXAMPLES.obb)
  Object.assign((job.predictions[0] as { box: object }).box, { x4: -3.5 })
  expect(read(job)[0]?.x4).toBe('-3.5')
})

test('whatever its names are, a parser of CSV reads as many rows as there are items, and each name', () => {
  fc.assert(
    fc.property(anyDetectJob, (job) => {
      const rows = read(job)
      expect(rows.length).toBe(job.predictions.length)
      rows.forEach((row, at) => {
        const name = job.predictions[at]?.name ?? ''
        expect([name, `'${name}`]).toContain(row.name)
        expect(row.name).not.toMatch(/^\s*[=+\-@]/)
        expect(Number(row.x1)).toBeGreaterThanOrEqual(0)
      })
    }),
  )
})
