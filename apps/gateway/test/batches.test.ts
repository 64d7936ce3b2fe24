import { Batch } from '@lupa/core/domain/batch'
import { LupaError } from '@lupa/core/domain/errors'
import type { Job } from '@lupa/core/domain/job'
import { viewPrediction } from '@lupa/core/domain/view-prediction'
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { aDetectSuccess } from '../../../packages/core/test/job-records.ts'
import { startRedisServer, type TestRedis } from '../../../packages/core/test/services/redis-server.ts'
import { type GatewayUnderTest, startGateway } from './gateway-under-test.ts'
import { startImageServer } from './image-server.ts'
import { type FormPart, form, newImage } from './requests.ts'
import { renamed, zipOf } from './zip-file.ts'

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
afterEach(() => gateway.worker.failWith(undefined))

const post = (request: object, query = '', { app } = gateway) =>
  app.inject({ method: 'POST', url: `/v1/batches${query}`, ...request })

const get = (url: string) => gateway.app.inject(url)

const imageParts = (count: number): FormPart[] =>
  Array.from({ length: count }, (_, at) => ({ name: 'image', fileName: `${at}.png`, bytes: newImage() }))

const images = (count: number) =>
  Array.from({ length: count }, (_, at): [string, Buffer] => [`${at}.png`, newImage()])

async function untilDone(id: string): Promise<Batch> {
  return Batch.parse((await get(`/v1/batches/${id}?wait=15`)).json())
}

async function resultsOf(id: string, query = ''): Promise<Job[]> {
  const answer = await get(`/v1/batches/${id}/results${query}`)
  expect(answer.headers['content-type']).toBe('application/x-ndjson')
  return answer.body
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))
}

async function storedImages(): Promise<string[]> {
  const { imageStore } = gateway.deps
  const later = new Date(Date.now() + 60_000)
  return (await imageStore.list({ storedBefore: later, limit: 10_000 })).keys
}

const zip = (bytes: Buffer) => ({ headers: { 'content-type': 'application/zip' }, payload: bytes })

describe('many images become jobs of one batch', () => {
  test('300 from a form, with parameters that stand behind them', async () => {
    const answer = await post(
      form(...imageParts(300), { name: 'conf', value: '0.5' }, { name: 'tags', value: 'line-3' }),
    )
    expect(answer.statusCode).toBe(202)
    const made = Batch.parse(answer.json())
    expect(made).toMatchObject({ object: 'batch', total: 300, refused: [], webhook: null, retry_of: null })
    expect(answer.headers).toMatchObject({ location: `/v1/batches/${made.id}`, 'x-request-id': made.id })

    const done = await untilDone(made.id)
    expect(done).toMatchObject({ done: true, counts: { succeeded: 300, queued: 0, running: 0 } })
    const jobs = await resultsOf(made.id)
    expect(jobs).toHaveLength(300)
    expect(jobs.at(-1)).toMatchObject({
      image_name: '0.png',
      batch: made.id,
      priority: 'bulk',
      tags: ['line-3'],
      params: { conf: 0.5 },
      webhook: null,
    })
    expect(new Set(jobs.map(({ image_name }) => image_name)).size).toBe(300)
    expect(await gateway.deps.admission.taken('local')).toBe(0)
  })

  test('300 from a ZIP with folders, in the raw body', async () => {
    const entries = Array.from({ length: 300 }, (_, at): [string, Buffer] => [
      `shift ${at % 3}/${at}.png`,
      newImage(),
    ])
    const packed = await zipOf([
      ['shift 0/', Buffer.alloc(0)],
      ['__MACOSX/shift 0/._0.png', Buffer.from('fork')],
      ['shift 0/.DS_Store', Buffer.from('store')],
      ...entries,
    ])
    const answer = await post(zip(packed), '?model=bottle-status&priority=interactive')
    expect(answer.statusCode).toBe(202)
    const made = answer.json<Batch>()
    expect(made).toMatchObject({ total: 300, refused: [] })
    await untilDone(made.id)
    const jobs = await resultsOf(made.id, '?status=succeeded')
    expect(jobs).toHaveLength(300)
    expect(jobs.at(-1)).toMatchObject({
      image_name: 'shift 0/0.png',
      prediction: 'aberta',
      priority: 'interactive',
    })
  })

  test('300 from addresses', async () => {
    await using server = await startImageServer((_request, response) => response.end(newImage()))
    const urls = Array.from({ length: 300 }, (_, at) => `${server.url}/fotos/${at}.png?sig=secret`)
    const answer = await post({ payload: { image_urls: urls, model: 'coco' } })
    expect(answer.statusCode).toBe(202)
    const made = answer.json<Batch>()
    expect(made).toMatchObject({ total: 300, refused: [] })
    expect(await untilDone(made.id)).toMatchObject({ counts: { succeeded: 300 } })
    expect(server.requests).toHaveLength(300)
    const names = (await resultsOf(made.id)).map(({ image_name }) => image_name)
    expect(names).toContain('299.png')
  })

  test('an archive in a form, beside single images', async () => {
    const answer = await post(
      form({ name: 'archive', fileName: 'a.zip', bytes: await zipOf(images(3)) }, ...imageParts(2)),
    )
    expect(answer.json()).toMatchObject({ total: 5 })
  })
})

describe('what is refused of a batch', () => {
  test('is listed, and the rest is taken', async () => {
    await using smallRedis = await startRedisServer()
    await using small = await startGateway(smallRedis.url, { env: { MAX_IMAGE_BYTES: '20000' } })
    const large = Buffer.concat([newImage(), Buffer.alloc(20_000)])
    const answer = await post(
      form({ name: 'image', fileName: 'notes.txt', bytes: Buffer.from('no picture') }, ...imageParts(2), {
        name: 'file',
        fileName: 'large.png',
        bytes: large,
      }),
      '',
      small,
    )
    expect(answer.statusCode).toBe(202)
    expect(answer.json()).toMatchObject({
      total: 2,
      refused: [
        { image_name: 'notes.txt', code: 'unsupported_image_type', detail: expect.stringContaining('text') },
        { image_name: 'large.png', code: 'image_too_large' },
      ],
    })
  })

  test('all: the batch is refused, and says what is wrong with its images', async () => {
    const answer = await post(form({ name: 'image', fileName: 'a.txt', bytes: Buffer.from('no picture') }))
    expect(answer.statusCode).toBe(400)
    expect(answer.json()).toMatchObject({
      code: 'image_missing',
      detail: expect.stringMatching(/None of the 1 images.*a\.txt.*text/),
    })
  })

  test('of an archive: what is damaged, and what is too large unpacked', async () => {
    const good = newImage()
    const packed = await zipOf(
      [
        ['good.png', good],
        ['broken.png', newImage()],
      ],
      { compress: false },
    )
    const at = packed.indexOf('broken.png') + 10 + 40
    packed.writeUInt8(packed.readUInt8(at) ^ 0xff, at)
    const answer = await post(zip(packed))
    expect(answer.json()).toMatchObject({
      total: 1,
      refused: [
        { image_name: 'broken.png', code: 'image_unreadable', detail: expect.stringContaining('checksum') },
      ],
    })
  })

  test('of addresses: each with what happened there', async () => {
    await using server = await startImageServer(({ url = '' }, response) => {
      if (url.startsWith('/missing')) response.writeHead(404)
      response.end(url.startsWith('/missing') ? 'no' : newImage())
    })
    const image_urls = [
      `${server.url}/a.png`,
      `${server.url}/missing.png?sig=secret`,
      'https://10.0.0.1/b.png',
    ]
    const answer = await post({ payload: { image_urls } })
    expect(answer.json()).toMatchObject({
      total: 1,
      refused: [
        {
          image_name: `${server.url}/missing.png`,
          code: 'image_url_failed',
          detail: expect.stringContaining('404'),
        },
        { image_name: 'https://10.0.0.1/b.png', code: 'image_url_refused' },
      ],
    })
    expect(answer.body).not.toContain('secret')
  })

  test.each([
    [
      'a wrong parameter, before or behind its images',
      () => form(...imageParts(3), { name: 'conf', value: '7' }),
      400,
      'invalid_parameter',
    ],
    [
      'a parameter there is not',
      () => ({ payload: { image_urls: ['http://127.0.0.1:1/'], webhook_events: ['job.failed'] } }),
      400,
      'invalid_parameter',
    ],
    [
      'a webhook to a place that may not be called',
      () => form(...imageParts(2), { name: 'webhook_url', value: 'https://10.0.0.1/' }),
      400,
      'webhook_url_refused',
    ],
    ['no images', () => form({ name: 'conf', value: '0.5' }), 400, 'image_missing'],
    ['an empty list', () => ({ payload: { image_urls: [] } }), 400, 'image_missing'],
    ['addresses that are none', () => ({ payload: { image_urls: [7] } }), 400, 'invalid_parameter'],
    [
      'a file in another field',
      () => form({ name: 'photo', fileName: 'a.png', bytes: newImage() }),
      400,
      'image_missing',
    ],
    ['what is no ZIP', () => zip(Buffer.from('PK no archive at all')), 400, 'body_malformed'],
    [
      'another content type',
      () => ({ headers: { 'content-type': 'text/csv' }, payload: 'a;b' }),
      415,
      'unsupported_media_type',
    ],
  ])('as a whole: %s; nothing of it stays', async (_what, request, status, code) => {
    const before = await storedImages()
    const answer = await post(request())
    expect(answer.json()).toMatchObject({ status, code })
    expect(await storedImages()).toEqual(before)
    expect(await gateway.deps.admission.taken('local')).toBe(0)
  })
})

describe('the bounds of a batch', () => {
  let otherRedis: TestRedis
  let bounded: GatewayUnderTest
  beforeAll(async () => {
    otherRedis = await startRedisServer()
    bounded = await startGateway(otherRedis.url, {
      env: {
        BATCH_MAX_IMAGES: '10',
        BATCH_MAX_BYTES: '100000',
        MAX_IMAGE_BYTES: '50000',
        QUEUE_LIMIT: '14',
      },
    })
  })
  afterAll(async () => {
    await bounded[Symbol.asyncDispose]()
    await otherRedis[Symbol.asyncDispose]()
  })

  const nothingStays = async () => {
    const later = new Date(Date.now() + 60_000)
    expect((await bounded.deps.imageStore.list({ storedBefore: later, limit: 100 })).keys).toEqual([])
    expect(await bounded.deps.jobStore.list({ client: 'local', limit: 10 })).toEqual([])
    expect(await bounded.deps.admission.taken('local')).toBe(0)
  }

  test('are images: in a form, in a ZIP, and in a list', async () => {
    const urls = Array.from({ length: 11 }, () => 'http://127.0.0.1:1/')
    for (const request of [
      form(...imageParts(11)),
      zip(await zipOf(images(11))),
      { payload: { image_urls: urls } },
    ]) {
      expect((await post(request, '', bounded)).json()).toMatchObject({
        status: 413,
        code: 'too_many_images',
      })
    }
    await nothingStays()
  })

  test('are bytes, also those that an archive would unpack to', async () => {
    const bomb = await zipOf([['bomb.png', Buffer.concat([newImage(), Buffer.alloc(1_000_000)])]])
    expect(bomb.byteLength).toBeLessThan(5000)
    expect((await post(zip(bomb), '', bounded)).json()).toMatchObject({ status: 413, code: 'body_too_large' })
    const padded = () => Buffer.concat([newImage(), Buffer.alloc(40_000)])
    const parts = [1, 2, 3].map((at) => ({ name: 'image', fileName: `${at}.png`, bytes: padded() }))
    expect((await post(form(...parts), '', bounded)).json()).toMatchObject({ code: 'body_too_large' })
    await nothingStays()
  })

  test('hold where the directory of an archive lies about its sizes', async () => {
    const packed = await zipOf([
      ['liar.png', Buffer.concat([newImage(), Buffer.alloc(60_000)])],
      ['a.png', newImage()],
    ])
    const record = packed.indexOf(Buffer.from('PK\x01\x02'))
    packed.writeUInt32LE(2000, record + 24)
    const answer = await post(zip(packed), '', bounded)
    expect(answer.json()).toMatchObject({
      total: 1,
      refused: [
        { image_name: 'liar.png', code: 'image_unreadable', detail: expect.stringContaining('damaged') },
      ],
    })
    await bounded.app.inject({ method: 'DELETE', url: answer.json().links.self })
  })

  test('are places on the queue: what does not fit is refused as a whole', async () => {
    const held = bounded.worker.hold()
    const first = await post(form(...imageParts(8)), '', bounded)
    expect(first.statusCode).toBe(202)
    const stored = await bounded.deps.jobStore.list({ client: 'local', limit: 100 })
    const second = await post(form(...imageParts(8)), '', bounded)
    expect(second.json()).toMatchObject({ status: 429, code: 'share_full' })
    expect(Number(second.headers['retry-after'])).toBeGreaterThanOrEqual(1)
    expect(await bounded.deps.jobStore.list({ client: 'local', limit: 100 })).toEqual(stored)
    expect(await bounded.deps.admission.taken('local')).toBe(8)
    held.release()
    await bounded.app.inject(`${first.json().links.self}?wait=10`)
    expect((await post(form(...imageParts(8)), '', bounded)).statusCode).toBe(202)
  })
})

test('names in an archive are labels, and no paths', async () => {
  const packed = renamed(await zipOf([['aa/aa/evil.png', newImage()]]), 'aa/aa/evil.png', '../../evil.png')
  const answer = await post(zip(packed))
  const [job] = await resultsOf(answer.json().id)
  expect(job?.image_name).toBe('evil.png')
})

describe('a batch', () => {
  test('tells how far it is, and who asks to wait is answered when it is done', async () => {
    const held = gateway.worker.hold()
    onTestFinished(held.release)
    const { id } = (await post(form(...imageParts(12)))).json()
    const running = async () => (await get(`/v1/batches/${id}`)).json<Batch>().counts.running
    await expect.poll(running).toBeGreaterThan(4)
    const { counts } = (await get(`/v1/batches/${id}`)).json<Batch>()
    expect(counts.queued + counts.running).toBe(12)
    const waiting = untilDone(id)
    held.release()
    expect(await waiting).toMatchObject({ done: true, counts: { succeeded: 12 } })
    expect((await get(`/v1/jobs?batch=${id}&limit=5`)).json()).toMatchObject({
      data: Array.from({ length: 5 }, () => ({ batch: id })),
      next_cursor: expect.any(String),
    })
  })

  test('is told of by one webhook event, whoever sees its end', async () => {
    const url = 'http://127.0.0.1:9/hook'
    const { id } = (await post(form(...imageParts(20), { name: 'webhook_url', value: url }))).json()
    const done = await untilDone(id)
    await Promise.all(Array.from({ length: 5 }, () => get(`/v1/batches/${id}`)))
    const deliveries = await gateway.deps.jobStore.listClientDeliveries({ client: 'local', limit: 100 })
    const ofBatch = deliveries.filter(({ batch_id }) => batch_id === id)
    expect(ofBatch).toMatchObject([
      {
        id: `${id}-batch-finished`,
        event: 'batch.finished',
        url,
        job_id: null,
        created_at: done.finished_at,
      },
    ])
    expect(deliveries.some(({ event }) => event !== 'batch.finished')).toBe(false)
    expect(await gateway.deps.webhookQueue.holds(`${id}-batch-finished`)).toBe(true)
  })

  test('is canceled: what has not ended ends so, the rest stays', async () => {
    const held = gateway.worker.hold()
    onTestFinished(held.release)
    const { id } = (await post(form(...imageParts(30)))).json()
    const answer = await gateway.app.inject({ method: 'POST', url: `/v1/batches/${id}/cancel` })
    held.release()
    expect(answer.json()).toMatchObject({ done: true, counts: { canceled: 30, queued: 0 } })
    expect(await untilDone(id)).toMatchObject({ counts: { canceled: 30 } })
    expect(await gateway.deps.admission.taken('local')).toBe(0)
  })

  test('has its failed jobs run again, and only those, as a new batch', async () => {
    gateway.worker.failWith(new LupaError('out_of_memory', 'Too large.'), ({ image_name }) =>
      ['1.png', '3.png'].includes(image_name ?? ''),
    )
    const { id } = (await post(form(...imageParts(5), { name: 'tags', value: 'again' }))).json()
    expect(await untilDone(id)).toMatchObject({ counts: { failed: 2, succeeded: 3 } })
    const failed = await resultsOf(id, '?status=failed')

    gateway.worker.failWith(undefined)
    const answer = await gateway.app.inject({ method: 'POST', url: `/v1/batches/${id}/retry` })
    expect(answer.statusCode).toBe(202)
    const again = answer.json<Batch>()
    expect(again).toMatchObject({ total: 2, retry_of: id })
    expect(await untilDone(again.id)).toMatchObject({ counts: { succeeded: 2 } })
    const jobs = await resultsOf(again.id)
    expect(jobs.map(({ retry_of }) => retry_of)).toEqual(failed.map((job) => job.id))
    expect(jobs[0]).toMatchObject({ tags: ['again'], image_name: '3.png', status: 'succeeded' })
    expect(await gateway.deps.jobStore.listDead({ limit: 10 })).toEqual([])

    const nothing = await gateway.app.inject({ method: 'POST', url: `/v1/batches/${again.id}/retry` })
    expect(nothing.json()).toMatchObject({
      status: 409,
      detail: expect.stringContaining('nothing to run again'),
    })
  })

  test('is erased with all its jobs and images', async () => {
    const before = await storedImages()
    const { id } = (await post(form(...imageParts(5)))).json()
    await untilDone(id)
    const answer = await gateway.app.inject({ method: 'DELETE', url: `/v1/batches/${id}` })
    expect(answer.statusCode).toBe(204)
    expect((await get(`/v1/batches/${id}`)).json()).toMatchObject({ status: 404, code: 'batch_not_found' })
    expect((await get(`/v1/jobs?batch=${id}`)).json().data).toEqual([])
    expect((await storedImages()).toSorted()).toEqual(before.toSorted())
  })

  test('of another client looks like one that is missing, whatever is asked of it', async () => {
    const { id } = (await post(form(...imageParts(1)))).json()
    const own = await gateway.deps.jobStore.getBatch(id)
    if (!own) throw new Error('the batch is missing')
    const theirs = '019ab0c8-5c00-7b2d-9c41-5e0f7a3d2b18'
    await gateway.deps.jobStore.createBatch({ ...own, id: theirs, client: 'bia' })
    const missing = '019ab0c8-5c00-7b2d-9c41-5e0f7a3d2b19'
    for (const [method, path] of [
      ['GET', ''],
      ['GET', '/results'],
      ['POST', '/cancel'],
      ['POST', '/retry'],
      ['DELETE', ''],
    ] as const) {
      const [one, other] = await Promise.all(
        [theirs, missing].map((which) =>
          gateway.app.inject({
            method,
            url: `/v1/batches/${which}${path}`,
            headers: { 'x-request-id': 'the-same' },
          }),
        ),
      )
      expect(one?.statusCode).toBe(404)
      expect(one?.body).toBe(other?.body)
    }
  })

  test('whose predictions are too many for a list has them among its results', async () => {
    const { jobStore } = gateway.deps
    const held = gateway.worker.hold()
    onTestFinished(held.release)
    const answer = await post(form(...imageParts(1)), '?conf=0.01&max_det=3000')
    expect(answer.statusCode).toBe(202)
    const { id } = answer.json()
    const [job] = await jobStore.list({ client: 'local', batch: id, limit: 1 })
    if (!job) throw new Error('the job is missing')
    const success = aDetectSuccess(job, 3000)
    if (success.status !== 'succeeded' || success.stored.task !== 'detect') throw new Error('no detections')
    const stored = { ...success.stored, names: { 0: 'a bottle '.repeat(100) } }
    const view = viewPrediction(stored, job.params, job.image)
    await jobStore.finish(job.id, { ...success, stored, view })
    expect((await jobStore.list({ client: 'local', batch: id, limit: 1 }))[0]?.predictions).toBeNull()
    const [result] = await resultsOf(id)
    expect(result?.predictions).toHaveLength(view.predictions.length)
  })

  test('whose last end was not noticed is found done by whoever looks', async () => {
    const { batchProgress, jobStore } = gateway.deps
    const held = gateway.worker.hold()
    onTestFinished(held.release)
    const { id } = (await post(form(...imageParts(3)))).json()
    await batchProgress.forget(id)
    held.release()
    await expect.poll(() => jobStore.countBatch(id)).toEqual({ succeeded: 3 })
    expect(await jobStore.getBatch(id)).toMatchObject({ done: false })
    expect((await get(`/v1/batches/${id}`)).json()).toMatchObject({ done: true, counts: { succeeded: 3 } })
    expect(await jobStore.getBatch(id)).toMatchObject({ done: true, counts: { succeeded: 3 } })
  })
})
