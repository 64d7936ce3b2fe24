import { LupaError } from '@lupa/core/domain/errors'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { startRedisServer, type TestRedis } from '../../../packages/core/test/services/redis-server.ts'
import { type GatewayUnderTest, startGateway } from './gateway-under-test.ts'
import { form, imageForm, newImage } from './requests.ts'

let redis: TestRedis
let gateway: GatewayUnderTest
const authorization = `Basic ${Buffer.from('ana:s3:cret').toString('base64')}`

beforeAll(async () => {
  redis = await startRedisServer()
  const env = {
    API_USERNAME: 'ana',
    API_PASSWORD: 's3:cret',
    DEFAULT_MODEL: 'bottle-status',
    WAIT_DEFAULT_SECONDS: '1',
  }
  gateway = await startGateway(redis.url, { env })
})
afterAll(async () => {
  await gateway[Symbol.asyncDispose]()
  await redis[Symbol.asyncDispose]()
})
afterEach(() => gateway.worker.failWith(undefined))

const predict = ({ headers, payload }: { headers: object; payload: Buffer | string }, url = '/predict') =>
  gateway.app.inject({ method: 'POST', url, headers: { authorization, ...headers }, payload })

describe('the original request', () => {
  test.each(['/predict', '/predict/'])(
    'to %s gets the original answer, and our fields behind it',
    async (url) => {
      const answer = await predict(imageForm(), url)
      expect(answer.statusCode).toBe(200)
      const job = answer.json()
      expect(Object.keys(job).slice(0, 6)).toEqual([
        'request_id',
        'image_name',
        'prediction',
        'confidence',
        'timestamp',
        'processing_time',
      ])
      expect(job).toMatchObject({
        request_id: job.id,
        image_name: 'garrafa.png',
        prediction: 'aberta',
        confidence: 0.9731,
        processing_time: expect.any(Number),
        status: 'succeeded',
        model: { name: 'bottle-status' },
      })
      const stored = await gateway.app.inject({ url: `/v1/jobs/${job.id}`, headers: { authorization } })
      expect(job).toEqual(stored.json())
    },
  )

  test('may use the field `file`, and our parameters', async () => {
    const file = { name: 'file', fileName: 'a.png', bytes: newImage() }
    const answer = await predict(
      form(file, { name: 'model', value: 'coco' }, { name: 'classes', value: 'car' }),
    )
    expect(answer.json()).toMatchObject({ prediction: 'car', params: { classes: [2] } })
  })

  test('has a processing time from the cache, too', async () => {
    const image = newImage()
    await predict(imageForm(image))
    expect((await predict(imageForm(image))).json()).toMatchObject({
      cache: 'hit',
      processing_time: expect.any(Number),
    })
  })

  test('gets 202 with the job and its address when the wait ends first', async () => {
    const held = gateway.worker.hold()
    const answer = await predict(imageForm())
    held.release()
    expect(answer.statusCode).toBe(202)
    expect(answer.headers).toMatchObject({ location: `/v1/jobs/${answer.json().id}`, 'retry-after': '1' })
    expect(answer.json()).toMatchObject({ status: 'running', prediction: null })
  })
})

describe('a problem of the original route also says `error`', () => {
  test('a wrong file type is a 400', async () => {
    const answer = await predict(
      form({ name: 'image', fileName: 'a.jpg', bytes: Buffer.from('not a picture') }),
    )
    expect(answer.statusCode).toBe(400)
    expect(answer.headers['content-type']).toBe('application/problem+json')
    expect(answer.json()).toMatchObject({
      error: 'Invalid file type',
      status: 400,
      code: 'unsupported_image_type',
      detail: expect.stringContaining('This is text'),
    })
  })

  test('no file is a 400', async () => {
    expect((await predict(form())).json()).toMatchObject({ error: 'No image provided', status: 400 })
    expect((await predict({ headers: {}, payload: '' })).json()).toMatchObject({ error: 'No image provided' })
  })

  test('no or wrong credentials are a 401 that asks for them', async () => {
    for (const header of [
      '',
      'Basic',
      'Basic !',
      'Bearer x',
      `Basic ${Buffer.from('ana:wrong').toString('base64')}`,
    ]) {
      const { headers, payload } = imageForm()
      const answer = await predict({ headers: { ...headers, authorization: header }, payload })
      expect(answer.statusCode).toBe(401)
      expect(answer.headers['www-authenticate']).toMatch(/^Basic realm="Lupa"/)
      expect(answer.json()).toMatchObject({ error: expect.any(String), code: 'unauthorized' })
    }
  })

  test.each([
    ['image_unreadable', 422],
    ['execution_timeout', 504],
    ['worker_lost', 503],
    ['prediction_failed', 500],
  ] as const)('a job that failed with %s is a %i', async (code, status) => {
    gateway.worker.failWith(new LupaError(code, 'This is why.'))
    const answer = await predict(imageForm())
    expect(answer.statusCode).toBe(status)
    expect(answer.json()).toMatchObject({ code, status, error: expect.any(String), detail: 'This is why.' })
    expect(answer.json().request_id).toBe(answer.headers['x-request-id'])
  })
})
