import { LupaError } from '@lupa/core/domain/errors'
import { JobRecord } from '@lupa/core/domain/job'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
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
afterEach(() => gateway.worker.failWith(undefined))

const submit = (request: object, query = '') =>
  gateway.app.inject({ method: 'POST', url: `/v1/jobs${query}`, ...request })

async function untilDone(id: string) {
  return (await gateway.app.inject(`/v1/jobs/${id}?wait=10`)).json()
}

describe('an accepted image', () => {
  test('is stored, recorded and queued, and told where it is', async () => {
    const held = gateway.worker.hold()
    const image = newImage()
    const answer = await submit(imageForm(image, { name: 'tags', value: 'line-3, night' }))
    expect(answer.statusCode).toBe(202)
    const job = answer.json()
    expect(answer.headers).toMatchObject({
      location: `/v1/jobs/${job.id}`,
      'retry-after': '1',
      'x-request-id': job.id,
      'content-type': 'application/json; charset=utf-8',
    })
    expect(job).toMatchObject({
      object: 'job',
      status: 'queued',
      done: false,
      request_id: job.id,
      image_name: 'garrafa.png',
      model: { name: 'coco', version: '2', task: 'detect' },
      params: { conf: 0.25, iou: 0.7, max_det: 300, classes: null },
      image: { width: 640, height: 480, format: 'png', bytes: image.byteLength },
      tags: ['line-3', 'night'],
      webhook: null,
    })
    expect(job).not.toHaveProperty('client')
    expect(job).not.toHaveProperty('user_ip')
    const record = JobRecord.parse(await gateway.deps.jobStore.get(job.id))
    expect(record).toMatchObject({ client: 'local', user_ip: '127.0.0.1', use_cache: true })
    expect(Buffer.from((await gateway.deps.imageStore.get(job.id)) ?? [])).toEqual(image)
    expect(await gateway.deps.jobQueue.holds(job.id)).toBe(true)
    held.release()
    expect(await untilDone(job.id)).toMatchObject({
      status: 'succeeded',
      prediction: 'person',
      confidence: 0.9,
    })
  })

  test('may come in the field `file`, with its parameters after it', async () => {
    const answer = await submit(
      form({ name: 'file', fileName: 'C:\\fotos\\a.png', bytes: newImage() }, { name: 'conf', value: '0.5' }),
    )
    expect(answer.statusCode).toBe(202)
    expect(answer.json()).toMatchObject({ image_name: 'a.png', params: { conf: 0.5 } })
  })

  test('may come without a file name, as long as it says that it is an image', async () => {
    const answer = await submit(form({ name: 'image', type: 'image/png', bytes: newImage() }))
    expect(answer.json()).toMatchObject({ status: 'queued', image_name: null })
  })

  test.each(['image/png', 'image/jpeg', 'application/octet-stream', 'IMAGE/PNG; x=y'])(
    'may come as the raw body of type %s: what it is its content tells',
    async (type) => {
      const answer = await submit(
        { headers: { 'content-type': type }, payload: newImage() },
        '?conf=0.4&tags=a&tags=b',
      )
      expect(answer.statusCode).toBe(202)
      expect(answer.json()).toMatchObject({
        image: { format: 'png' },
        params: { conf: 0.4 },
        tags: ['a', 'b'],
      })
    },
  )

  test.each(['', 'data:image/png;base64,'])('may come in JSON as base64, after "%s"', async (prefix) => {
    const payload = {
      image_base64: prefix + newImage().toString('base64'),
      conf: 0.6,
      classes: ['car', 0],
      tags: ['x,y'],
    }
    const answer = await submit({ payload })
    expect(answer.statusCode).toBe(202)
    expect(answer.json()).toMatchObject({ params: { conf: 0.6, classes: [0, 2] }, tags: ['x,y'] })
  })

  test('carries the trace of its request', async () => {
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
    const { headers, payload } = imageForm()
    const answer = await submit({ headers: { ...headers, traceparent }, payload })
    expect(answer.json().trace_id).toBe('4bf92f3577b34da6a3ce929d0e0e4736')
  })

  test('runs the model that is named, by version if wished', async () => {
    const model = { name: 'model', value: 'coco@1' }
    expect((await submit(imageForm(newImage(), model))).json().model).toMatchObject({
      name: 'coco',
      version: '1',
    })
  })

  test('keeps its webhook for when it is done', async () => {
    const hook = { name: 'webhook_url', value: 'http://127.0.0.1:9/done' }
    const events = { name: 'webhook_events', value: 'job.succeeded' }
    expect((await submit(imageForm(newImage(), hook))).json().webhook).toEqual({
      url: 'http://127.0.0.1:9/done',
      events: ['job.succeeded', 'job.failed', 'job.canceled', 'job.expired'],
      last_delivery: null,
    })
    expect((await submit(imageForm(newImage(), hook, events))).json().webhook.events).toEqual([
      'job.succeeded',
    ])
  })

  test('may be given classes by name, number, comma, repetition or JSON array', async () => {
    const classesOf = async (query: string) => (await submit(imageForm(), query)).json().params.classes
    expect(await classesOf('?classes=car')).toEqual([2])
    expect(await classesOf('?classes=Car,person, 1')).toEqual([0, 1, 2])
    expect(await classesOf('?classes=car&classes=traffic%20light')).toEqual([2, 3])
    expect(await classesOf('?classes=[2,"person"]')).toEqual([0, 2])
    expect(await classesOf('?classes=')).toBeNull()
  })
})

describe('waiting with Prefer', () => {
  const waiting = (prefer: string, image?: Buffer) => {
    const { headers, payload } = imageForm(image)
    return submit({ headers: { ...headers, prefer }, payload })
  }

  test('answers 200 with the finished job', async () => {
    const answer = await waiting('wait=10')
    expect(answer.statusCode).toBe(200)
    expect(answer.headers['preference-applied']).toBe('wait=10')
    expect(answer.headers).not.toHaveProperty('retry-after')
    expect(answer.json()).toMatchObject({ status: 'succeeded', done: true, cache: 'miss', attempt: 1 })
    expect(answer.json()).toEqual(await untilDone(answer.json().id))
  })

  test('answers 202 with the job as it is when the wait ends first', async () => {
    const held = gateway.worker.hold()
    const answer = await waiting('wait=1')
    held.release()
    expect(answer.statusCode).toBe(202)
    expect(answer.headers).toMatchObject({ 'preference-applied': 'wait=1', 'retry-after': '1' })
    expect(answer.json()).toMatchObject({ status: 'running', worker: 'test-worker' })
  })

  test('takes a wait without number as the default, and too long a wait as the longest', async () => {
    expect((await waiting('respond-async, wait')).headers['preference-applied']).toBe('wait=30')
    expect((await waiting('wait=9999')).headers['preference-applied']).toBe('wait=60')
    expect((await waiting('wait=soon')).headers).not.toHaveProperty('preference-applied')
  })

  test('answers 200 with a job that failed, too', async () => {
    gateway.worker.failWith(new LupaError('image_unreadable', 'The image ends too soon.'))
    const answer = await waiting('wait=10')
    expect(answer.statusCode).toBe(200)
    expect(answer.json()).toMatchObject({
      status: 'failed',
      prediction: null,
      error: { code: 'image_unreadable', detail: 'The image ends too soon.', retryable: false },
    })
  })
})

describe('a picture that was seen before', () => {
  test('is answered at once from the cache, under the parameters asked for', async () => {
    const image = newImage()
    const first = await submit(imageForm(image))
    await untilDone(first.json().id)
    const held = gateway.worker.hold()
    const answer = await submit(
      imageForm(image, { name: 'conf', value: '0.05' }, { name: 'iou', value: '1' }),
    )
    held.release()
    expect(answer.statusCode).toBe(200)
    const job = answer.json()
    expect(job).toMatchObject({
      status: 'succeeded',
      cache: 'hit',
      attempt: 0,
      prediction: 'person',
      params: { conf: 0.05, iou: 1 },
      processing_time: expect.any(Number),
    })
    expect(job.id).not.toBe(first.json().id)
    expect(job.predictions.map((item: { name: string }) => item.name)).toEqual([
      'person',
      'person',
      'car',
      'bicycle',
    ])

    // Readable at once, though the record is written behind.
    expect((await gateway.app.inject(`/v1/jobs/${job.id}`)).json()).toEqual(job)
    expect((await gateway.app.inject(`/v1/jobs/${job.id}/image`)).rawPayload).toEqual(image)
    const [logged] = await takeAnswered()
    expect(logged).toMatchObject({ record: { id: job.id }, imageOf: first.json().id })
  })

  test('is computed anew with Cache-Control: no-cache', async () => {
    const image = newImage()
    await untilDone((await submit(imageForm(image))).json().id)
    const { headers, payload } = imageForm(image)
    const answer = await submit({ headers: { ...headers, 'cache-control': 'no-cache' }, payload })
    expect(answer.statusCode).toBe(202)
    expect(await untilDone(answer.json().id)).toMatchObject({ cache: 'miss', attempt: 1 })
    expect(await gateway.deps.jobStore.get(answer.json().id)).toMatchObject({ use_cache: false })
  })

  test('is computed for another model', async () => {
    const image = newImage()
    await untilDone((await submit(imageForm(image))).json().id)
    expect((await submit(imageForm(image), '?model=bottle-status')).statusCode).toBe(202)
  })

  async function takeAnswered() {
    const stop = new AbortController()
    const batches: unknown[] = []
    await gateway.deps.answeredLog.consume(async (jobs) => {
      batches.push(...jobs)
      stop.abort()
    }, stop.signal)
    return batches
  }
})
