import { Job } from '@lupa/core/domain/job'
import { Validator } from '@seriousme/openapi-schema-validator'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startRedisServer, type TestRedis } from '../../../packages/core/test/services/redis-server.ts'
import { type GatewayUnderTest, startGateway } from './gateway-under-test.ts'

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

const read = async () => (await gateway.app.inject('/openapi.json')).json()

test('the description of the API is valid OpenAPI 3.1', async () => {
  const document = await read()
  expect(await new Validator().validate(document)).toMatchObject({ valid: true })
  expect(document).toMatchObject({ openapi: '3.1.0', info: { title: 'Lupa', version: '1.2.3' } })
})

test('it describes every address for clients, each with its own operation', async () => {
  const { paths } = await read()
  expect(Object.keys(paths).toSorted()).toEqual([
    '/health',
    '/livez',
    '/predict',
    '/readyz',
    '/roboflow/infer/{task}',
    '/roboflow/model/add',
    '/roboflow/model/registry',
    '/roboflow/{model}/{version}',
    '/v1/audit',
    '/v1/batches',
    '/v1/batches/{id}',
    '/v1/batches/{id}/cancel',
    '/v1/batches/{id}/results',
    '/v1/batches/{id}/retry',
    '/v1/clients/me/data',
    '/v1/clients/{client}/data',
    '/v1/dead',
    '/v1/dead/replay',
    '/v1/dead/{id}/replay',
    '/v1/erasures/{id}',
    '/v1/events/blob-created',
    '/v1/jobs',
    '/v1/jobs/{id}',
    '/v1/jobs/{id}/annotated',
    '/v1/jobs/{id}/cancel',
    '/v1/jobs/{id}/crops',
    '/v1/jobs/{id}/deliveries',
    '/v1/jobs/{id}/deliveries/{delivery_id}/redeliver',
    '/v1/jobs/{id}/events',
    '/v1/jobs/{id}/image',
    '/v1/jobs/{id}/redacted',
    '/v1/jobs/{id}/redeliver',
    '/v1/jobs/{id}/retry',
    '/v1/keys',
    '/v1/keys/{id}',
    '/v1/keys/{id}/rotate',
    '/v1/models',
    '/v1/models/{name}',
    '/v1/models/{name}/aliases/{alias}',
    '/v1/models/{name}/samples',
    '/v1/models/{name}/samples/{file}',
    '/v1/queue',
    '/v1/uploads',
    '/v1/webhooks/deliveries',
    '/v1/webhooks/deliveries/{delivery_id}/redeliver',
    '/v1/webhooks/receiver',
    '/v1/webhooks/secret',
    '/v1/webhooks/test',
    '/v2',
    '/v2/health/live',
    '/v2/health/ready',
    '/v2/models/{name}',
    '/v2/models/{name}/infer',
    '/v2/models/{name}/ready',
    '/v2/models/{name}/versions/{version}',
    '/v2/models/{name}/versions/{version}/infer',
    '/v2/models/{name}/versions/{version}/ready',
  ])
  const operations = Object.values<Record<string, { operationId: string }>>(paths).flatMap(Object.values)
  const ids = operations.map(({ operationId }) => operationId)
  expect(new Set(ids).size).toBe(ids.length)
})

test('it says which bodies may be left out', async () => {
  const { paths } = await read()
  expect(paths['/v1/keys/{id}/rotate'].post.requestBody.required).toBe(false)
  expect(paths['/v1/keys'].post.requestBody.required).toBe(true)
})

test('it says how to send an image, and what may go wrong', async () => {
  const { paths } = await read()
  for (const path of ['/v1/jobs', '/predict']) {
    const { requestBody, responses, parameters } = paths[path].post
    expect(Object.keys(requestBody.content)).toEqual(
      expect.arrayContaining(['multipart/form-data', 'application/json', 'image/jpeg', 'image/avif']),
    )
    expect(requestBody.content['multipart/form-data'].schema.properties).toMatchObject({
      image: { format: 'binary' },
      conf: { type: 'number', maximum: 1 },
    })
    expect(responses['400'].content).toHaveProperty(['application/problem+json'])
    expect(responses['202'].headers).toHaveProperty('Location')
    expect(parameters.map(({ name }: { name: string }) => name)).toEqual(
      expect.arrayContaining(['conf', 'model', 'Prefer']),
    )
    expect(parameters.filter(({ required }: { required?: boolean }) => required)).toEqual([])
  }
})

test('its example of a job is a real one, and no schema in it is unused', async () => {
  const document = await read()
  const { schemas } = document.components
  expect(() => Job.parse(schemas.Job.examples[0])).not.toThrow()
  const text = JSON.stringify(document)
  for (const name of Object.keys(schemas)) expect(text).toContain(`"#/components/schemas/${name}"`)
  expect(text).not.toContain('stored_prediction')
})
