import { LupaError } from '@lupa/core/domain/errors'
import type { Job } from '@lupa/core/domain/job'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startRedisServer, type TestRedis } from '../../../packages/core/test/services/redis-server.ts'
import { type GatewayUnderTest, startGateway } from './gateway-under-test.ts'
import { imageForm } from './requests.ts'
import { startTestRenderWorker, type TestRenderWorker } from './test-render-worker.ts'

let redis: TestRedis
let gateway: GatewayUnderTest
let renders: TestRenderWorker

beforeAll(async () => {
  redis = await startRedisServer()
  gateway = await startGateway(redis.url)
  renders = startTestRenderWorker(redis.url, gateway.deps)
})
afterAll(async () => {
  await renders[Symbol.asyncDispose]()
  await gateway[Symbol.asyncDispose]()
  await redis[Symbol.asyncDispose]()
})

const get = (url: string, headers = {}) => gateway.app.inject({ url, headers })

async function finished(query = ''): Promise<Job> {
  const submitted = await gateway.app.inject({ method: 'POST', url: `/v1/jobs${query}`, ...imageForm() })
  return (await get(`/v1/jobs/${submitted.json().id}?wait=10`)).json()
}

const ofJob = (id: string) => renders.made.filter(({ jobId }) => jobId === id)

describe('a picture', () => {
  test.each([
    ['annotated', 'image/jpeg', 'annotated.jpg'],
    ['annotated?format=webp', 'image/webp', 'annotated.webp'],
    ['redacted?classes=person&format=png', 'image/png', 'redacted.png'],
    ['crops', 'application/zip', 'crops.zip'],
  ])('%s is made by a worker, once, and called after the image', async (path, type, name) => {
    const { id } = await finished()
    const first = await get(`/v1/jobs/${id}/${path}`)
    const second = await get(`/v1/jobs/${id}/${path}`)
    expect([first.statusCode, second.statusCode]).toEqual([200, 200])
    expect(first.body).toMatch(/^a picture/)
    expect(second.body).toBe(first.body)
    expect(ofJob(id)).toHaveLength(1)
    expect(first.headers).toMatchObject({
      'content-type': type,
      'content-disposition': `inline; filename="${id}.${name}"; filename*=UTF-8''garrafa.${name}`,
      'x-content-type-options': 'nosniff',
      'x-request-id': id,
    })
    const again = await get(`/v1/jobs/${id}/${path}`, { 'if-none-match': first.headers.etag })
    expect([again.statusCode, again.body]).toEqual([304, ''])
  })

  test('is what links.annotated leads to, and comes as the client accepts it', async () => {
    const { links } = await finished()
    const types = ['image/png', 'image/webp,*/*', '*/*']
    const answers = await Promise.all(types.map((accept) => get(links.annotated, { accept })))
    expect(answers.map(({ headers }) => headers['content-type'])).toEqual([
      'image/png',
      'image/webp',
      'image/jpeg',
    ])
    expect(answers.map(({ headers }) => headers.vary)).toEqual(['Accept', 'Accept', 'Accept'])
    expect((await get(links.annotated, { accept: 'application/pdf' })).statusCode).toBe(406)
  })

  test('is ordered with what was asked of it', async () => {
    const { id } = await finished()
    await get(
      `/v1/jobs/${id}/annotated?conf=0.5&classes=car&palette=white&labels=none&line_width=4&max_side=200`,
    )
    await get(`/v1/jobs/${id}/redacted?mode=fill`)
    expect(ofJob(id)).toEqual([
      expect.objectContaining({
        picture: {
          kind: 'annotated',
          format: 'jpeg',
          palette: 'white',
          labels: 'none',
          lineWidth: 4,
          maxSide: 200,
        },
        params: { conf: 0.5, iou: 0.7, max_det: 300, classes: [2] },
      }),
      expect.objectContaining({ picture: { kind: 'redacted', format: 'jpeg', mode: 'fill', maxSide: 4096 } }),
    ])
  })

  test('as SVG is drawn here, with the image inside it, or a link, or nothing', async () => {
    const { id, links } = await finished()
    const svg = await get(`${links.annotated}?format=svg`)
    expect(svg.headers['content-type']).toBe('image/svg+xml')
    expect(svg.headers['content-security-policy']).toContain('sandbox')
    expect(svg.body).toContain('person 0.90')
    expect(svg.body).toContain('data:image/jpeg;base64,')
    expect(ofJob(id).map(({ picture }) => picture.kind)).toEqual(['plain'])
    expect((await get(`${links.annotated}?format=svg&image=link`)).body).toContain(`href="${links.image}"`)
    const bare = await get(`${links.annotated}?format=svg&image=none&classes=car`)
    expect(bare.body).not.toContain('<image')
    expect(bare.body).not.toContain('person')
    expect(bare.headers.etag).not.toBe(svg.headers.etag)
  })

  test('goes with its job', async () => {
    const { id, links } = await finished()
    await get(links.annotated)
    const [order] = ofJob(id)
    expect(await gateway.deps.imageStore.getRender(id, order?.name ?? '')).toBeDefined()
    await gateway.app.inject({ method: 'DELETE', url: links.self })
    expect(await gateway.deps.imageStore.getRender(id, order?.name ?? '')).toBeUndefined()
    expect((await get(links.annotated)).statusCode).toBe(404)
  })

  test('that cannot be made says why, and is not tried again at once', async () => {
    const { links } = await finished()
    renders.failWith(new LupaError('image_not_found', 'The image of this job is not stored any more.'))
    const answer = await get(links.annotated)
    expect([answer.statusCode, answer.json().code]).toEqual([404, 'image_not_found'])
    renders.failWith(undefined)
    expect((await get(links.annotated)).json().code).toBe('image_not_found')
    expect((await get(`${links.annotated}?format=png`)).statusCode).toBe(200)
  })
})

test('a job that is not done, or failed, has no pictures', async () => {
  const held = gateway.worker.hold()
  const submitted = await gateway.app.inject({ method: 'POST', url: '/v1/jobs', ...imageForm() })
  const { id, links } = submitted.json<Job>()
  await gateway.worker.taken(id)
  for (const path of ['annotated', 'annotated?format=svg', 'crops', 'redacted']) {
    expect((await get(`/v1/jobs/${id}/${path}`)).json().code).toBe('job_not_done')
  }
  gateway.worker.failWith(new LupaError('image_unreadable', 'It ends early.'))
  held.release()
  await get(`${links.self}?wait=10`)
  gateway.worker.failWith(undefined)
  expect((await get(links.annotated)).json()).toMatchObject({ status: 409, code: 'no_prediction' })
})

test('classes without a place are drawn, and can be neither cut out nor redacted', async () => {
  const { id } = await finished('?model=bottle-status')
  expect((await get(`/v1/jobs/${id}/annotated`)).statusCode).toBe(200)
  for (const path of ['crops', 'redacted']) {
    const answer = await get(`/v1/jobs/${id}/${path}`)
    expect([answer.statusCode, answer.json().code]).toEqual([406, 'not_acceptable'])
  }
})

test.each([
  'annotated?format=gif',
  'annotated?max_side=5000',
  'redacted?mode=smear',
  'crops?format=zip',
  'crops?classes=unicorn',
])('%s is refused before anybody makes it', async (path) => {
  const { id } = await finished()
  expect((await get(`/v1/jobs/${id}/${path}`)).statusCode).toBe(400)
  expect(ofJob(id)).toEqual([])
})
