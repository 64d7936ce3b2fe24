import { LupaError } from '@lupa/core/domain/errors'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { startRedisServer, type TestRedis } from '../../../packages/core/test/services/redis-server.ts'
import { bearer, makeClientKey } from './client-keys.ts'
import { type GatewayUnderTest, startGateway } from './gateway-under-test.ts'
import { newImage } from './requests.ts'

// The bytes that tritonclient 2.73 was seen to send and to take: test/compatibility.test.ts runs it for real.

let redis: TestRedis
let gateway: GatewayUnderTest
let headers: Record<string, string>

beforeAll(async () => {
  redis = await startRedisServer()
  const env = {
    API_USERNAME: 'ana',
    API_PASSWORD: 'secret',
    WAIT_DEFAULT_SECONDS: '2',
    RATE_LIMIT_PER_MINUTE: '0',
  }
  gateway = await startGateway(redis.url, { env })
  headers = bearer((await makeClientKey(gateway)).key)
})
afterAll(async () => {
  await gateway[Symbol.asyncDispose]()
  await redis[Symbol.asyncDispose]()
})
afterEach(() => gateway.worker.failWith(undefined))

const ask = (url: string) => gateway.app.inject({ url, headers })

/** As tritonclient sends an input: JSON, then the image behind its length; no content type. */
function binaryRequest(image: Buffer, rest: object = {}) {
  const length = Buffer.alloc(4)
  length.writeUInt32LE(image.length)
  const binary = Buffer.concat([length, image])
  const input = {
    name: 'image',
    shape: [1],
    datatype: 'BYTES',
    parameters: { binary_data_size: binary.length },
  }
  const json = Buffer.from(JSON.stringify({ inputs: [input], ...rest }))
  return {
    headers: { ...headers, 'inference-header-content-length': `${json.length}` },
    payload: Buffer.concat([json, binary]),
  }
}

const infer = (request: object, model = 'coco') =>
  gateway.app.inject({ method: 'POST', url: `/v2/models/${model}/infer`, ...request })

describe('what is there', () => {
  test('is told of the server, and of a model and each of its versions', async () => {
    expect((await ask('/v2')).json()).toEqual({
      name: 'lupa',
      version: '1.2.3',
      extensions: ['binary_tensor_data'],
    })
    const { inputs, outputs, ...model } = (await ask('/v2/models/coco')).json()
    expect(model).toEqual({ name: 'coco', versions: ['2', '1'], platform: 'onnxruntime_onnx' })
    expect(inputs).toEqual([{ name: 'image', datatype: 'BYTES', shape: [1] }])
    expect(outputs.map(({ name }: { name: string }) => name)).toEqual([
      'boxes',
      'scores',
      'classes',
      'labels',
    ])
    expect((await ask('/v2/models/coco/versions/1')).statusCode).toBe(200)
    expect((await ask('/v2/models/coco/versions/9')).json().error).toContain(
      'There is no model \\"coco@9\\"'.replaceAll('\\', ''),
    )
  })

  test('is ready or not', async () => {
    for (const url of [
      '/v2/health/live',
      '/v2/health/ready',
      '/v2/models/coco/ready',
      '/v2/models/coco/versions/2/ready',
    ])
      expect((await ask(url)).statusCode).toBe(200)
    expect((await ask('/v2/models/broken/ready')).statusCode).toBe(503)
    expect((await ask('/v2/models/nothing/ready')).statusCode).toBe(404)
  })
})

describe('an image', () => {
  test('as binary data gets its outputs as binary data', async () => {
    const answer = await infer(
      binaryRequest(newImage(), {
        id: 'mine',
        parameters: { binary_data_output: true, conf: 0.5, unknown: 1 },
      }),
    )
    expect(answer.statusCode).toBe(200)
    expect(answer.headers['content-type']).toBe('application/octet-stream')
    const jsonBytes = Number(answer.headers['inference-header-content-length'])
    const json = JSON.parse(answer.rawPayload.subarray(0, jsonBytes).toString())
    expect(json).toMatchObject({ model_name: 'coco', model_version: '2', id: 'mine' })
    expect(json.outputs).toEqual([
      { name: 'boxes', datatype: 'FP32', shape: [2, 4], parameters: { binary_data_size: 32 } },
      { name: 'scores', datatype: 'FP32', shape: [2], parameters: { binary_data_size: 8 } },
      { name: 'classes', datatype: 'INT64', shape: [2], parameters: { binary_data_size: 16 } },
      { name: 'labels', datatype: 'BYTES', shape: [2], parameters: { binary_data_size: 17 } },
    ])
    const binary = answer.rawPayload.subarray(jsonBytes)
    expect(binary).toHaveLength(32 + 8 + 16 + 17)
    expect([0, 4, 8, 12, 16].map((at) => binary.readFloatLE(at))).toEqual([10, 10, 110, 110, 200])
    expect(binary.readFloatLE(32)).toBeCloseTo(0.9)
    expect([binary.readBigInt64LE(40), binary.readBigInt64LE(48)]).toEqual([0n, 2n])
    expect([binary.readUInt32LE(56), binary.subarray(60, 66).toString()]).toEqual([6, 'person'])
    const job = await gateway.deps.jobStore.get(json.parameters.job)
    expect(job).toMatchObject({ client: 'key:line-3', status: 'succeeded', params: { conf: 0.5 } })
  })

  test('in JSON, by a version, gets those outputs that it names', async () => {
    const input = { name: 'image', shape: [1], datatype: 'BYTES', data: [newImage().toString('base64')] }
    const outputs = [{ name: 'labels' }, { name: 'scores', parameters: { binary_data: false } }]
    const answer = await gateway.app.inject({
      method: 'POST',
      url: '/v2/models/coco/versions/1/infer',
      headers,
      payload: { inputs: [input], outputs, parameters: { classes: ['car'] } },
    })
    expect(answer.json()).toMatchObject({
      model_version: '1',
      outputs: [
        { name: 'labels', datatype: 'BYTES', shape: [1], data: ['car'] },
        { name: 'scores', datatype: 'FP32', shape: [1], data: [0.6] },
      ],
    })
  })

  test('of a classifier has no boxes, and one in which nothing is seen has empty tensors', async () => {
    const classified = (await infer(binaryRequest(newImage()), 'bottle-status')).json()
    expect(classified.outputs).toMatchObject([
      { name: 'scores', data: [0.9731, 0.0269] },
      { name: 'classes' },
      { name: 'labels' },
    ])
    const nothing = (await infer(binaryRequest(newImage(), { parameters: { conf: 0.99 } }))).json()
    expect(nothing.outputs[0]).toEqual({ name: 'boxes', datatype: 'FP32', shape: [0, 4], data: [] })
  })
})

describe('what is wrong is said in `error`', () => {
  const image = newImage()
  test.each([
    ['no JSON', { payload: 'x' }, 400, 'does not begin with JSON'],
    ['no input', { payload: { inputs: [] } }, 400, 'inputs'],
    [
      'two inputs',
      {
        payload: {
          inputs: [
            { name: 'a', shape: [1], datatype: 'BYTES' },
            { name: 'b', shape: [1], datatype: 'BYTES' },
          ],
        },
      },
      400,
      '2 inputs',
    ],
    [
      'a batch',
      { payload: { inputs: [{ name: 'a', shape: [2], datatype: 'BYTES', data: ['', ''] }] } },
      400,
      '2 elements',
    ],
    [
      'raw pixels',
      { payload: { inputs: [{ name: 'a', shape: [1, 3, 640, 640], datatype: 'FP32', data: [0] }] } },
      400,
      'FP32',
    ],
    [
      'a header length beyond the body',
      { payload: '{}', headers: { 'inference-header-content-length': '9' } },
      400,
      'is 9, of a body of 2',
    ],
    [
      'a wrong size',
      { ...binaryRequest(image), payload: binaryRequest(image).payload.subarray(0, -1) },
      400,
      'binary_data_size',
    ],
    ['compression', { payload: '{}', headers: { 'content-encoding': 'gzip' } }, 415, 'gzip'],
    ['no picture', binaryRequest(Buffer.from('not a picture')), 415, 'Invalid file type'],
    [
      'an output that is none',
      binaryRequest(image, { outputs: [{ name: 'output0' }] }),
      400,
      'There is no output "output0"; there is boxes',
    ],
    ['a parameter out of range', binaryRequest(image, { parameters: { conf: 2 } }), 400, 'conf=2'],
  ])('%s', async (_, request, status, message) => {
    const answer = await infer({
      ...request,
      headers: { ...headers, ...('headers' in request ? request.headers : {}) },
    })
    expect([answer.statusCode, answer.json().error]).toEqual([status, expect.stringContaining(message)])
  })

  test('a stranger is 401, a job that fails as /predict would answer it, a wait that ends first 504', async () => {
    const stranger = await infer({ ...binaryRequest(image), headers: {} })
    expect([stranger.statusCode, stranger.json().error]).toEqual([
      401,
      expect.stringContaining('Send an API key'),
    ])
    gateway.worker.failWith(new LupaError('image_unreadable', 'It is torn.'))
    const torn = await infer(binaryRequest(newImage()))
    expect([torn.statusCode, torn.json().error]).toEqual([422, expect.stringContaining('It is torn.')])
    gateway.worker.failWith(undefined)
    const held = gateway.worker.hold()
    const request = binaryRequest(newImage())
    const late = await infer({ ...request, headers: { ...request.headers, prefer: 'wait=0' } })
    held.release()
    expect([late.statusCode, late.json().error]).toEqual([
      504,
      expect.stringContaining('It goes on: GET /v1/jobs/'),
    ])
    expect(late.headers).toMatchObject({
      location: expect.stringMatching(/^\/v1\/jobs\//),
      'retry-after': expect.anything(),
    })
  })
})
