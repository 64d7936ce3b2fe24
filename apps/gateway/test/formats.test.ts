import { LupaError } from '@lupa/core/domain/errors'
import type { Job } from '@lupa/core/domain/job'
import { FORMAT_NAMES, FORMATS } from '@lupa/core/formats/formats'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startRedisServer, type TestRedis } from '../../../packages/core/test/services/redis-server.ts'
import { type GatewayUnderTest, startGateway } from './gateway-under-test.ts'
import { imageForm } from './requests.ts'

let redis: TestRedis
let gateway: GatewayUnderTest

beforeAll(async () => {
  redis = await startRedisServer()
  gateway = await startGateway(redis.url)
})
afterAll(async () => {
  await gateway[Symbol.asyncDispose]()
  await redis[Symbol.asyncDispose]()
})

const get = (url: string, headers = {}) => gateway.app.inject({ url, headers })

async function submit(query = ''): Promise<Job> {
  return (await gateway.app.inject({ method: 'POST', url: `/v1/jobs${query}`, ...imageForm() })).json()
}

async function finished(query = ''): Promise<Job> {
  return (await get(`/v1/jobs/${(await submit(query)).id}?wait=10`)).json()
}

describe('a job', () => {
  test.each(FORMAT_NAMES)('comes as %s, by name and by Accept', async (format) => {
    const { id } = await finished()
    const { mediaType, extension } = FORMATS[format]
    const byName = await get(`/v1/jobs/${id}?format=${format}`)
    const byType = await get(`/v1/jobs/${id}`, { accept: mediaType })
    expect([byName.statusCode, byType.statusCode]).toEqual([200, 200])
    expect(byType.body).toBe(byName.body)
    expect(byType.headers.etag).toBe(byName.headers.etag)
    expect(byType.headers.vary).toBe('Accept')
    expect(byName.headers['content-type']).toContain(mediaType)
    if (format === 'native') return
    expect(byName.headers['content-disposition']).toBe(
      `inline; filename="${id}${extension}"; filename*=UTF-8''garrafa${extension}`,
    )
    expect(byName.headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'x-request-id': id })
    expect(byName.headers['content-security-policy']).toContain('sandbox')
  })

  test('shows in every format what conf, classes and max_det leave', async () => {
    const { id } = await finished()
    const lines = async (query: string) =>
      (await get(`/v1/jobs/${id}?format=yolo${query}`)).body.trim().split('\n')
    expect(await lines('')).toHaveLength(2)
    expect(await lines('&conf=0.05')).toHaveLength(3)
    expect(await lines('&classes=car')).toEqual(['2 0.390625 0.520833 0.15625 0.208333'])
    expect(await lines('&max_det=1&save_conf=true')).toEqual(['0 0.09375 0.125 0.15625 0.208333 0.9'])
    const coco = (await get(`/v1/jobs/${id}?format=coco&conf=0.05`)).json()
    expect(coco.annotations).toHaveLength(3)
    // All that the model knows, not only what was seen.
    expect(coco.categories.length).toBeGreaterThan(3)
  })

  test('is drawn as it was asked for', async () => {
    const { id } = await finished()
    const drawn = async (query: string) => (await get(`/v1/jobs/${id}?format=svg${query}`)).body
    expect(await drawn('&labels=none')).not.toContain('<text')
    expect(await drawn('&labels=name&palette=ultralytics&line_width=9')).toContain('stroke-width="9"')
  })

  test('has another ETag in each format and under each parameter, and the same one when nothing changed', async () => {
    const { id } = await finished()
    const urls = [
      ...FORMAT_NAMES.map((name) => `format=${name}`),
      'format=csv&conf=0.5',
      'format=svg&labels=none',
    ]
    const etags = await Promise.all(
      urls.map(async (query) => (await get(`/v1/jobs/${id}?${query}`)).headers.etag),
    )
    expect(new Set(etags).size).toBe(urls.length)
    const again = await get(`/v1/jobs/${id}?format=csv`, { 'if-none-match': etags[4] })
    expect([again.statusCode, again.body, again.headers.vary]).toEqual([304, '', 'Accept'])
  })
})

describe('what a client accepts', () => {
  test.each([
    ['*/*', 'application/json'],
    ['application/*', 'application/json'],
    ['application/json, text/plain, */*', 'application/json'],
    ['application/json;charset=utf-8', 'application/json'],
    ['text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8', 'application/json'],
    ['text/csv;q=0.5, application/geo+json', 'application/geo+json'],
    ['text/*', 'text/plain; charset=utf-8'],
    ['image/avif,image/webp,image/svg+xml,image/*,*/*;q=0.8', 'image/svg+xml'],
  ])('%s gets %s', async (accept, type) => {
    const { id } = await finished()
    expect((await get(`/v1/jobs/${id}`, { accept })).headers['content-type']).toContain(type)
  })

  test('and is not there is a 406 that lists what is', async () => {
    const { id } = await finished()
    const answer = await get(`/v1/jobs/${id}`, { accept: 'application/pdf' })
    expect(answer.statusCode).toBe(406)
    expect(answer.headers.vary).toBe('Accept')
    expect(answer.json()).toMatchObject({ code: 'not_acceptable' })
    for (const name of FORMAT_NAMES) expect(answer.json().detail).toContain(FORMATS[name].mediaType)
  })

  test('goes after what it names', async () => {
    const { id } = await finished()
    const answer = await get(`/v1/jobs/${id}?format=csv`, { accept: 'application/json' })
    expect(answer.headers['content-type']).toBe('text/csv; charset=utf-8')
  })
})

test('a classify job, which has no places, does not come as what needs them', async () => {
  const { id } = await finished('?model=bottle-status')
  for (const format of ['yolo', 'csv', 'svg'])
    expect((await get(`/v1/jobs/${id}?format=${format}`)).statusCode).toBe(200)
  const refused = await get(`/v1/jobs/${id}?format=coco`)
  expect([refused.statusCode, refused.json().detail]).toEqual([
    406,
    'A classify job does not come as coco. It comes as native (application/json), yolo (text/plain), csv (text/csv), svg (image/svg+xml).',
  ])
  expect((await get(`/v1/jobs/${id}`, { accept: 'application/geo+json' })).statusCode).toBe(406)
})

test('a job that is not done has nothing to write yet, and can be waited for', async () => {
  const held = gateway.worker.hold()
  const { id } = await submit()
  await gateway.worker.taken(id)
  const early = await get(`/v1/jobs/${id}?format=csv`)
  expect(early.statusCode).toBe(409)
  expect(early.json().code).toBe('job_not_done')
  expect(early.headers).toHaveProperty('retry-after')
  const waited = get(`/v1/jobs/${id}?format=csv&wait=10`)
  held.release()
  expect((await waited).statusCode).toBe(200)
})

test('a job that failed has nothing to write, and says why', async () => {
  gateway.worker.failWith(new LupaError('image_unreadable', 'It ends early.'))
  const { id } = await finished()
  gateway.worker.failWith(undefined)
  const answer = await get(`/v1/jobs/${id}?format=coco`)
  expect(answer.statusCode).toBe(409)
  expect(answer.json()).toMatchObject({
    code: 'no_prediction',
    detail: expect.stringContaining('It ends early.'),
  })
  expect((await get(`/v1/jobs/${id}`)).statusCode).toBe(200)
})

test('a format that nobody has heard of is a 400 that lists those there are', async () => {
  const { id } = await finished()
  const answer = await get(`/v1/jobs/${id}?format=pascal-voc`)
  expect(answer.statusCode).toBe(400)
  expect(answer.json().detail).toContain('native, coco, yolo, labelme, csv, svg, geojson')
})
