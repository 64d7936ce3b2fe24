import { DEFAULT_PARAMS } from '@lupa/core/domain/params'
import { expect, test } from 'vitest'
import { curlOf } from './curl-of.ts'

const model = { name: 'bottles', version: '1', task: 'detect' as const, digest: 'sha256:00' }
const job = { image_name: 'bus.jpg', model, params: { ...DEFAULT_PARAMS, classes: [0, 2] }, tags: ['line-3'] }

test('a job can be submitted again by what it says', () => {
  expect(curlOf(job, { origin: 'http://localhost:5000', isOpen: true })).toBe(
    "curl -H 'Prefer: wait=30' -F image=@bus.jpg -F model=bottles@1 -F conf=0.25 -F iou=0.7 -F max_det=300 " +
      '-F classes=0,2 -F tags=line-3 http://localhost:5000/v1/jobs',
  )
})

test('names of pictures do no harm in a shell', () => {
  const command = curlOf(
    { ...job, image_name: "it's $(rm).jpg", model: { ...model, task: 'classify' }, tags: [] },
    { origin: 'http://localhost:5000', isOpen: false },
  )
  expect(command).toBe(
    "curl -u user:password -H 'Prefer: wait=30' -F 'image=@it'\\''s $(rm).jpg' -F model=bottles@1 http://localhost:5000/v1/jobs",
  )
})
