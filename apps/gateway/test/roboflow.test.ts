import { afterAll, beforeAll, expect, test } from 'vitest'
import { startRedisServer, type TestRedis } from '../../../packages/core/test/services/redis-server.ts'
import { bearer, makeClientKey } from './client-keys.ts'
import { type GatewayUnderTest, startGateway } from './gateway-under-test.ts'
import { newImage } from './requests.ts'

// What inference-sdk 1.8 was seen to send and to take: test/compatibility.test.ts runs it for real.

let redis: TestRedis
let gateway: GatewayUnderTest
let key: string

beforeAll(async () => {
  redis = await startRedisServer()
  const env = {
    API_USERNAME: 'ana',
    API_PASSWORD: 'secret',
    RATE_LIMIT_PER_MINUTE: '0',
    WAIT_DEFAULT_SECONDS: '2',
  }
  gateway = await startGateway(redis.url, { env })
  key = (await makeClientKey(gateway)).key
})
afterAll(async () => {
  await gateway[Symbol.asyncDispose]()
  await redis[Symbol.asyncDispose]()
})

const base64 = () => newImage().toString('base64')
const post = (url: string, payload: string | object, headers: Record<string, string> = {}) =>
  gateway.app.inject({ method: 'POST', url, payload, headers })

test('API v0: base64 that calls itself JSON, the key in the query, their defaults', async () => {
  const answer = await post(`/roboflow/coco/2?api_key=${key}&disable_active_learning=False`, base64(), {
    'content-type': 'application/json',
  })
  expect(answer.statusCode).toBe(200)
  const { inference_id: id, ...rest } = answer.json()
  expect(rest).toEqual({
    time: 0.005,
    image: { width: 640, height: 480 },
    predictions: [
      {
        x: 60,
        y: 60,
        width: 100,
        height: 100,
        class: 'person',
        class_id: 0,
        confidence: 0.9,
        detection_id: `${id}-0`,
      },
      {
        x: 250,
        y: 250,
        width: 100,
        height: 100,
        class: 'car',
        class_id: 2,
        confidence: 0.6,
        detection_id: `${id}-1`,
      },
    ],
  })
  const job = await gateway.deps.jobStore.get(id)
  expect(job).toMatchObject({ client: 'key:line-3', params: { conf: 0.4, iou: 0.3, max_det: 300 } })
})

test('parameters are heeded under their names, shares in percent too', async () => {
  const query = 'confidence=70&overlap=50&max_detections=5&classes=person,car&stroke=3'
  const body = base64().replaceAll(/(.{76})/g, '$1\n')
  const { inference_id: id } = (await post(`/roboflow/coco/2?${query}`, body, bearer(key))).json()
  const { params } = (await gateway.deps.jobStore.get(id)) ?? {}
  expect(params).toMatchObject({ conf: 0.7, iou: 0.5, max_det: 5, classes: [0, 2] })
})

test('API v1: the model and the image in JSON, the key in a header', async () => {
  const image = { type: 'base64', value: base64() }
  const body = { model_id: 'bottle-status/1', image: [image], confidence: 0.5, source: 'x' }
  const answer = await post('/roboflow/infer/classification', body, bearer(key))
  expect(answer.json()).toMatchObject({
    predictions: [{ class: 'aberta', class_id: 0, confidence: 0.9731 }, { class: 'fechada' }],
    top: 'aberta',
    confidence: 0.9731,
  })
})

test('it asks what models there are, and for one by name', async () => {
  const listed = await gateway.app.inject({ url: '/roboflow/model/registry', headers: bearer(key) })
  expect(listed.json().models).toContainEqual({
    model_id: 'coco/2',
    task_type: 'object-detection',
    batch_size: 1,
    input_height: 640,
    input_width: 640,
  })
  const added = await post('/roboflow/model/add', { model_id: 'coco' }, bearer(key))
  expect(added.json().models.at(-1)).toMatchObject({ model_id: 'coco' })
})

test.each([
  ['/roboflow/nothing/1', base64(), 404, 'nothing@1'],
  ['/roboflow/coco/2', 'no base64!', 400, 'is not base64'],
  ['/roboflow/coco/2', '', 400, 'empty'],
  ['/roboflow/coco/2?format=image', base64(), 400, '/annotated'],
  ['/roboflow/coco/2?confidence=x', base64(), 400, 'conf="x"'],
  ['/roboflow/coco/2', Buffer.from('not a picture').toString('base64'), 415, 'Invalid file type'],
  ['/roboflow/infer/object_detection', 'x', 400, 'JSON object'],
  ['/roboflow/infer/object_detection', { model_id: 'a/b/c', image: {} }, 400, 'model/version'],
  ['/roboflow/infer/object_detection', { model_id: 'coco/2', image: [{}, {}] }, 400, 'max_batch_size=1'],
  ['/roboflow/infer/object_detection', { model_id: 'coco/2', image: { type: 'numpy' } }, 400, '"numpy"'],
  ['/roboflow/infer/sam', { model_id: 'coco/2' }, 400, 'task'],
])('%s with what is wrong says so in `message`', async (url, payload, status, message) => {
  const answer = await post(url, payload, bearer(key))
  expect([answer.statusCode, answer.json().message]).toEqual([status, expect.stringContaining(message)])
})

test('an image that is larger than images may be is 413', async () => {
  const huge = Buffer.alloc(20 * 1024 * 1024 + 1).toString('base64')
  const answer = await post('/roboflow/coco/2', huge, bearer(key))
  expect([answer.statusCode, answer.json().code]).toEqual([413, 'image_too_large'])
})

test('a key in the query is taken here only, and not beside another', async () => {
  const wrong = await post(`/roboflow/coco/2?api_key=${key}x`, base64())
  expect([wrong.statusCode, wrong.json().code]).toEqual([401, 'unauthorized'])
  expect((await gateway.app.inject(`/v1/queue?api_key=${key}`)).statusCode).toBe(401)
  const beside = await post(`/roboflow/coco/2?api_key=${key}`, base64(), bearer('lupa_wrong_key'))
  expect(beside.statusCode).toBe(401)
})
