import { newJobId } from '@lupa/core/domain/ids'
import { createJob, finishJob, type Job, startJob } from '@lupa/core/domain/job'
import { encodeMask } from '@lupa/core/domain/mask'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { aJobRecord, aSegmentSuccess, aSuccess } from '../../../packages/core/test/job-records.ts'
import { startRedisServer, type TestRedis } from '../../../packages/core/test/services/redis-server.ts'
import { type GatewayUnderTest, startGateway } from './gateway-under-test.ts'
import { form, imageForm, newImage } from './requests.ts'

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

async function submit(request: object = imageForm(), query = ''): Promise<Job> {
  return (await gateway.app.inject({ method: 'POST', url: `/v1/jobs${query}`, ...request })).json()
}

async function finished(request: object = imageForm(), query = ''): Promise<Job> {
  return (await get(`/v1/jobs/${(await submit(request, query)).id}?wait=10`)).json()
}

describe('polling a job', () => {
  test('shows it queued, running and done', async () => {
    const record = aJobRecord({ client: 'local' })
    await gateway.deps.jobStore.create(record)
    const poll = async () => (await get(`/v1/jobs/${record.id}`)).json()
    expect(await poll()).toMatchObject({ status: 'queued', done: false })

    const running = startJob(record, { worker: 'w', attempt: 1, at: new Date() })
    await gateway.deps.jobEvents.announce(running)
    expect(await poll()).toMatchObject({ status: 'running', worker: 'w' })

    const done = await gateway.deps.jobStore.finish(record.id, aSuccess(record), running)
    await gateway.deps.jobEvents.announce(done?.record ?? running)
    expect(await poll()).toMatchObject({ status: 'succeeded', done: true, prediction: 'aberta' })
    await gateway.deps.jobEvents.forget(record.id)
    expect(await poll()).toMatchObject({ status: 'succeeded', done: true, prediction: 'aberta' })
  })

  test('believes the store over an old hot copy that says the job still runs', async () => {
    const tenSecondsAgo = new Date(Date.now() - 10_000)
    const record = aJobRecord({ client: 'local', acceptedAt: tenSecondsAgo })
    await gateway.deps.jobStore.create(record)
    const running = startJob(record, { worker: 'w', attempt: 1, at: tenSecondsAgo })
    await gateway.deps.jobEvents.announce(running)
    await gateway.deps.jobStore.finish(record.id, aSuccess(record), running)
    expect((await get(`/v1/jobs/${record.id}`)).json().status).toBe('succeeded')
    expect((await get(`/v1/jobs/${record.id}?wait=10`)).json().status).toBe('succeeded')
  })

  test('tells when to ask again until it is done', async () => {
    const held = gateway.worker.hold()
    const { id } = await submit()
    expect((await get(`/v1/jobs/${id}`)).headers['retry-after']).toBe('1')
    held.release()
    const answer = await get(`/v1/jobs/${id}?wait=10`)
    expect(answer.headers).not.toHaveProperty('retry-after')
    expect(answer.headers).toMatchObject({ 'x-request-id': id, 'cache-control': 'private, no-cache' })
  })
})

describe('a long poll', () => {
  test('answers as soon as the job is done', async () => {
    const held = gateway.worker.hold()
    const { id } = await submit()
    const polls = [1, 2, 3].map(() => get(`/v1/jobs/${id}?wait=10`))
    await gateway.worker.taken(id)
    held.release()
    for (const poll of await Promise.all(polls)) expect(poll.json().status).toBe('succeeded')
  })

  test('answers with the job as it is when the wait ends', async () => {
    const held = gateway.worker.hold()
    const { id } = await submit()
    await gateway.worker.taken(id)
    const beganMs = performance.now()
    const answer = await get(`/v1/jobs/${id}?wait=0.4`)
    expect(performance.now() - beganMs).toBeGreaterThan(390)
    expect(answer.statusCode).toBe(200)
    expect(answer.json().status).toBe('running')
    held.release()
  })

  test('answers even if every event is lost', async () => {
    const record = aJobRecord({ client: 'local' })
    await gateway.deps.jobStore.create(record)
    const poll = get(`/v1/jobs/${record.id}?wait=20`)
    await gateway.deps.jobStore.finish(record.id, aSuccess(record))
    expect((await poll).json().status).toBe('succeeded')
  })

  test.each(['61', '-1', 'soon'])('of %s seconds is a 400', async (wait) => {
    const answer = await get(`/v1/jobs/${newJobId()}?wait=${wait}`)
    expect(answer.statusCode).toBe(400)
    expect(answer.json().detail).toContain(`wait="${wait}" is not valid`)
  })
})

describe('ETags', () => {
  test('spare the answer while nothing has changed', async () => {
    const { id } = await finished()
    const first = await get(`/v1/jobs/${id}`)
    const etag = String(first.headers.etag)
    expect(etag).toMatch(/^W\/"[\w-]+"$/)
    const again = await get(`/v1/jobs/${id}`, { 'if-none-match': `"other", ${etag}` })
    expect(again.statusCode).toBe(304)
    expect(again.body).toBe('')
    expect(again.headers.etag).toBe(etag)
    expect((await get(`/v1/jobs/${id}?conf=0.5`, { 'if-none-match': etag })).statusCode).toBe(200)
  })

  test('make a long poll answer at the next change, or 304 at its end', async () => {
    const held = gateway.worker.hold()
    const { id } = await submit()
    await gateway.worker.taken(id)
    const etag = (await get(`/v1/jobs/${id}`)).headers.etag
    expect((await get(`/v1/jobs/${id}?wait=0.2`, { 'if-none-match': etag })).statusCode).toBe(304)
    const poll = get(`/v1/jobs/${id}?wait=10`, { 'if-none-match': etag })
    held.release()
    expect((await poll).json().status).toBe('succeeded')
    const stale = 'W/"something-else"'
    expect((await get(`/v1/jobs/${id}?wait=10`, { 'if-none-match': stale })).statusCode).toBe(200)
  })

  test('change with the news of a webhook', async () => {
    const record = aJobRecord({
      client: 'local',
      webhook: { url: 'https://example.org', events: ['job.succeeded'] },
    })
    await gateway.deps.jobStore.create(record)
    await gateway.deps.jobStore.finish(record.id, aSuccess(record))
    const before = (await get(`/v1/jobs/${record.id}`)).headers.etag
    await gateway.deps.jobStore.recordDelivery(record.id, {
      id: `msg_${record.id}`,
      event: 'job.succeeded',
      status: 'delivered',
      tries: 1,
      at: new Date().toISOString(),
      response_status: 200,
      error: null,
      next_try_at: null,
    })
    const after = await get(`/v1/jobs/${record.id}`, { 'if-none-match': before })
    expect(after.json().webhook.last_delivery).toMatchObject({ status: 'delivered', tries: 1 })
  })
})

describe('another look at a prediction', () => {
  const namesOf = (job: Job) => job.predictions?.map(({ name }) => name)

  test('filters what is stored, and says under which parameters', async () => {
    const { id, params } = await finished()
    const look = async (query: string): Promise<Job> => (await get(`/v1/jobs/${id}?${query}`)).json()
    expect(namesOf(await look(''))).toEqual(['person', 'car'])
    expect(namesOf(await look('conf=0.7'))).toEqual(['person'])
    expect(namesOf(await look('conf=0.05&iou=1'))).toEqual(['person', 'person', 'car', 'bicycle'])
    expect(namesOf(await look('max_det=1'))).toEqual(['person'])
    const cars = await look('classes=car')
    expect(cars).toMatchObject({ prediction: 'car', confidence: 0.6, params: { ...params, classes: [2] } })
    expect(await look('conf=0.95')).toMatchObject({ prediction: null, confidence: null, predictions: [] })
    expect(await look('')).toMatchObject({ prediction: 'person', params })
  })

  test('is checked like a submit', async () => {
    const { id } = await finished()
    expect((await get(`/v1/jobs/${id}?conf=2`)).json().detail).toContain('conf="2" is not valid')
    expect((await get(`/v1/jobs/${id}?classes=unicorn`)).json().detail).toContain('no class "unicorn"')
    expect((await get(`/v1/jobs/${id}?model=coco`)).json().detail).toContain('There is no parameter "model"')
  })

  test('shows the masks of a segment model as outlines, or as they are', async () => {
    const model = { name: 'bottles', version: '1', task: 'segment', digest: 'sha256:5' } as const
    const record = aJobRecord({ client: 'local', model })
    await gateway.deps.jobStore.create(record)
    await gateway.deps.jobStore.finish(record.id, aSegmentSuccess(record, [encodeMask([320, 8, 12])]))
    const look = async (query = ''): Promise<Job> => (await get(`/v1/jobs/${record.id}${query}`)).json()

    const outline = [{ name: 'bottle', segments: { x: [16, 22], y: [360, 360] } }]
    expect((await look()).predictions).toMatchObject(outline)
    expect((await look()).params).not.toHaveProperty('masks')
    const asked = await look('?masks=rle')
    expect(asked).toMatchObject({
      predictions: [{ name: 'bottle', mask: { size: [720, 1280] } }],
      params: { masks: 'rle' },
    })
    expect(asked.predictions?.[0]).not.toHaveProperty('segments')
    expect((await look('?masks=polygon')).predictions).toMatchObject(outline)
    expect((await get(`/v1/jobs/${record.id}?masks=png`)).json().detail).toContain('one of polygon, rle')

    const first = await get(`/v1/jobs/${record.id}`)
    const other = await get(`/v1/jobs/${record.id}?masks=rle`, {
      'if-none-match': String(first.headers.etag),
    })
    expect(other.statusCode).toBe(200)
  })

  test('does not apply to a classify model', async () => {
    const { id } = await finished(imageForm(), '?model=bottle-status')
    expect((await get(`/v1/jobs/${id}?conf=0.99&max_det=1`)).json()).toMatchObject({
      prediction: 'aberta',
      params: { conf: 0.25 },
      predictions: [{ name: 'aberta' }, { name: 'fechada' }],
    })
  })
})

describe('the image of a job', () => {
  test('comes back as it was sent', async () => {
    const image = newImage()
    const { id } = await submit(form({ name: 'image', fileName: 'olho "1".png', bytes: image }))
    const answer = await get(`/v1/jobs/${id}/image`)
    expect(answer.rawPayload).toEqual(image)
    expect(answer.headers).toMatchObject({
      'content-type': 'image/png',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; sandbox",
      'cross-origin-resource-policy': 'same-origin',
      'content-disposition': expect.stringMatching(
        new RegExp(`^inline; filename="${id}.png"; filename\\*=UTF-8''olho`),
      ),
    })
  })

  test('is a 404 of its own once it is erased', async () => {
    const { id } = await submit()
    await gateway.deps.imageStore.delete(id)
    expect((await get(`/v1/jobs/${id}/image`)).json()).toMatchObject({ status: 404, code: 'image_not_found' })
  })
})

describe('a job that is not there', () => {
  test('is the same 404, byte for byte, as one of another client and as an id that is none', async () => {
    const theirs = aJobRecord({ client: 'somebody-else' })
    await gateway.deps.jobStore.create(theirs)
    const hot = finishJob(createJob({ ...requestOf(theirs), id: newJobId() }), aSuccess(theirs))
    await gateway.deps.jobEvents.announce(hot)
    const ids = [
      newJobId(),
      theirs.id,
      hot.id,
      'x',
      '123',
      'null',
      '%00',
      encodeURIComponent("' OR 1=1 --"),
      'x'.repeat(3000),
    ]
    for (const suffix of ['', '?wait=5', '?conf=0.5', '/image']) {
      const answers = await Promise.all(
        ids.map((id) =>
          get(`/v1/jobs/${suffix === '/image' ? id + suffix : id + suffix}`, { 'x-request-id': 'same' }),
        ),
      )
      for (const answer of answers) {
        expect(answer.statusCode).toBe(404)
        expect(answer.body).toBe(answers[0]?.body)
        expect({ ...answer.headers, date: '' }).toEqual({ ...answers[0]?.headers, date: '' })
      }
      expect(answers[0]?.json().code).toBe('job_not_found')
    }
  })

  function requestOf(record: ReturnType<typeof aJobRecord>) {
    const { client, image, model, params, tags } = record
    return {
      client,
      image,
      model,
      params,
      tags,
      userIp: null,
      imageName: null,
      webhook: null,
      traceId: null,
      acceptedAt: new Date(),
      retentionSeconds: 60,
    }
  }
})
