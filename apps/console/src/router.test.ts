import { expect, test } from 'vitest'
import { jobHash, modelHash, readPlace, toHash } from './router.ts'

test.each([
  ['', { view: 'predict', id: '', query: {} }],
  ['#/', { view: 'predict', id: '', query: {} }],
  ['#/?model=bottles%401', { view: 'predict', id: '', query: { model: 'bottles@1' } }],
  ['#/jobs?status=failed&tag=line-3', { view: 'jobs', id: '', query: { status: 'failed', tag: 'line-3' } }],
  ['#/jobs/01a2', { view: 'job', id: '01a2', query: {} }],
  ['#/models/a%40b%2Fc', { view: 'model', id: 'a@b/c', query: {} }],
  ['#/queue', { view: 'queue', id: '', query: {} }],
  ['#/queue/what', { view: 'unknown', id: '', query: {} }],
  ['#/jobs/1/2', { view: 'unknown', id: '', query: {} }],
  ['#/no-such-view', { view: 'unknown', id: '', query: {} }],
  ['#/jobs/%E0%A4%A', { view: 'job', id: '%E0%A4%A', query: {} }],
])('%s leads to where it says', (hash, place) => {
  expect(readPlace(hash)).toEqual(place)
})

test('an address leads back to what it was made of', () => {
  expect(readPlace(jobHash('01a2/é'))).toMatchObject({ view: 'job', id: '01a2/é' })
  expect(readPlace(modelHash('bottles', '1'))).toMatchObject({ view: 'model', id: 'bottles@1' })
  const query = { status: 'failed', tag: 'a&b=c', model: undefined }
  expect(readPlace(toHash('jobs', query)).query).toEqual({ status: 'failed', tag: 'a&b=c' })
})
