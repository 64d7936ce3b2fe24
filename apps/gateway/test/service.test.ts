import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startRedisServer, type TestRedis } from '../../../packages/core/test/services/redis-server.ts'
import { type GatewayUnderTest, startGateway } from './gateway-under-test.ts'
import { imageForm, newImage } from './requests.ts'

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

const get = (url: string) => gateway.app.inject(url)

describe('models', () => {
  test('are listed with what they can do, the default marked, the broken with the reason', async () => {
    const { object, data } = (await get('/v1/models')).json()
    expect(object).toBe('list')
    expect(data).toMatchObject([
      {
        name: 'bottle-status',
        version: '1',
        default: false,
        available: true,
        classes: ['aberta', 'fechada'],
      },
      {
        name: 'coco',
        version: '2',
        default: true,
        available: true,
        task: 'detect',
        imgsz: { width: 640, height: 640 },
      },
      { name: 'coco', version: '1', default: false, available: true },
      { name: 'broken', available: false, failure: expect.stringContaining('write a manifest'), task: null },
    ])
    expect(data[0]).not.toHaveProperty('path')
  })

  test('are found by name, or by name and version', async () => {
    expect((await get('/v1/models/coco')).json()).toMatchObject({ object: 'model', version: '2' })
    expect((await get('/v1/models/coco@1')).json()).toMatchObject({ version: '1', default: false })
    expect((await get('/v1/models/coco@3')).json()).toMatchObject({ status: 404, code: 'model_not_found' })
  })

  test('are unavailable once every live worker has failed to load them, and so are refused', async () => {
    await using other = await startGateway(redis.url)
    const { registry } = other.deps
    const model = { name: 'coco', version: '1', digest: `sha256:${'a'.repeat(64)}` }
    const submit = async () =>
      (await other.app.inject({ method: 'POST', url: '/v1/jobs?model=coco@1', ...imageForm() })).json()
    await registry.beat({
      worker: 'one',
      slots: 1,
      busy: 0,
      models: [{ ...model, failure: 'Opset 99 is too new.' }],
    })
    await registry.beat({ worker: 'two', slots: 1, busy: 0, models: [] })
    expect(await submit()).toMatchObject({ status: 'queued' })
    await registry.beat({
      worker: 'two',
      slots: 1,
      busy: 0,
      models: [{ ...model, failure: 'Opset 99 is too new.' }],
    })
    // What is known of workers is a second old at most.
    await expect.poll(submit, { timeout: 5000, interval: 200 }).toMatchObject({
      status: 503,
      code: 'model_unavailable',
      detail: expect.stringContaining('Opset 99 is too new.'),
    })
    expect((await other.app.inject('/v1/models/coco@1')).json()).toMatchObject({
      available: false,
      failure: 'Opset 99 is too new.',
    })
    await registry.beat({ worker: 'two', slots: 1, busy: 0, models: [{ ...model, failure: null }] })
    await expect.poll(submit, { timeout: 5000, interval: 200 }).toMatchObject({ status: 'queued' })
    expect((await other.app.inject('/v1/models/coco@1')).json()).toMatchObject({
      available: true,
      warm_workers: 1,
    })
    await registry.leave('one')
    await registry.leave('two')
  })
})

test('the queue shows what waits, what runs, and who works', async () => {
  // Of its own: the gateways of other tests put jobs on the same queue.
  await using ownRedis = await startRedisServer()
  await using own = await startGateway(ownRedis.url)
  await own.deps.registry.beat({ worker: 'w-1', slots: 2, busy: 1, models: [] })
  const held = own.worker.hold()
  const { id } = (await own.app.inject({ method: 'POST', url: '/v1/jobs', ...imageForm() })).json()
  await own.worker.taken(id)
  const queue = (await own.app.inject('/v1/queue')).json()
  held.release()
  expect(queue).toMatchObject({
    object: 'queue',
    waiting: 0,
    delayed: 0,
    running: 1,
    oldest_waiting_seconds: null,
    workers: [{ name: 'w-1', slots: 2, busy: 1 }],
  })
})

test('the webhook secret is made once, and is fit for Standard Webhooks', async () => {
  const first = await get('/v1/webhooks/secret')
  expect(first.json()).toEqual({
    object: 'webhook_secret',
    secret: expect.stringMatching(/^whsec_[A-Za-z0-9+/=]{32,}$/),
    previous_until: null,
  })
  expect(first.headers['cache-control']).toBe('no-store')
  expect((await get('/v1/webhooks/secret')).json()).toEqual(first.json())
})

test('the metrics count requests by route, jobs and cache hits', async () => {
  const image = newImage()
  const submit = () =>
    gateway.app.inject({ method: 'POST', url: '/v1/jobs?model=bottle-status', ...imageForm(image) })
  await get(`/v1/jobs/${(await submit()).json().id}?wait=10`)
  await submit()
  await get('/no/such/address')
  const { body, headers } = await get('/metrics')
  expect(headers['content-type']).toContain('text/plain')
  expect(body).toContain('lupa_jobs_submitted_total{model="bottle-status",cache="miss"} 1')
  expect(body).toContain('lupa_jobs_submitted_total{model="bottle-status",cache="hit"} 1')
  expect(body).toMatch(
    /lupa_http_request_duration_seconds_count\{route="\/v1\/jobs",method="POST",status="2xx"\} \d/,
  )
  expect(body).toMatch(/lupa_http_request_duration_seconds_count\{route="none",method="GET",status="4xx"\} 1/)
  expect(body).toContain('process_cpu_seconds_total')
})

describe('probes', () => {
  test('say that the process lives and is ready', async () => {
    expect((await get('/livez')).json()).toEqual({ status: 'alive' })
    const ready = await get('/readyz')
    expect(ready.statusCode).toBe(200)
    expect(ready.json()).toEqual({ status: 'ready', failing: [] })
  })

  test('say which dependency is not there', async () => {
    const store = {
      ...gateway.deps.jobStore,
      check: async () => Promise.reject(new Error('disk full at /secret/path')),
    }
    const images = { ...gateway.deps.imageStore, check: () => new Promise<void>(() => {}) }
    await using other = await startGateway(redis.url, { jobStore: store, imageStore: images })
    const ready = await other.app.inject('/readyz')
    expect(ready.statusCode).toBe(503)
    expect(ready.json()).toEqual({ status: 'not_ready', failing: ['job_store', 'image_store'] })
    const health = await other.app.inject('/health')
    expect(health.statusCode).toBe(503)
    expect(health.body).not.toContain('/secret/path')
    expect((await other.app.inject('/livez')).statusCode).toBe(200)
  })

  test('say that the process is stopping, while it still serves', async () => {
    await using other = await startGateway(redis.url)
    other.stop.abort()
    expect((await other.app.inject('/readyz')).json()).toMatchObject({ status: 'stopping' })
    expect((await other.app.inject('/readyz')).statusCode).toBe(503)
    expect((await other.app.inject('/livez')).statusCode).toBe(200)
    expect((await other.app.inject({ method: 'POST', url: '/v1/jobs', ...imageForm() })).statusCode).toBe(202)
  })
})

describe('addresses', () => {
  test('that lead nowhere are a 404 that says where to look', async () => {
    expect((await get('/v2/jobs?secret=1')).json()).toMatchObject({
      status: 404,
      code: 'route_not_found',
      detail: 'There is nothing at GET /v2/jobs. GET /openapi.json lists what there is.',
    })
  })

  test('asked with a wrong method are a 405 that says which are right', async () => {
    const answer = await gateway.app.inject({ method: 'DELETE', url: '/v1/jobs' })
    expect(answer.statusCode).toBe(405)
    expect(answer.headers.allow?.toString().split(', ').toSorted()).toEqual(['GET', 'HEAD', 'POST'])
    expect(answer.json()).toMatchObject({
      code: 'method_not_allowed',
      detail: expect.stringContaining('not DELETE'),
    })
    expect((await gateway.app.inject({ method: 'PUT', url: '/v1/jobs/x/image' })).statusCode).toBe(405)
    expect((await gateway.app.inject('/predict/')).statusCode).toBe(405)
  })

  test('that are no URLs are a 404, as a problem', async () => {
    const answer = await get('/v1/jobs/%E0%A4%A')
    expect(answer.statusCode).toBe(404)
    expect(answer.headers['content-type']).toBe('application/problem+json')
    expect(answer.json().request_id).toBe(answer.headers['x-request-id'])
  })

  test('may end with a slash', async () => {
    expect((await get('/v1/models/')).statusCode).toBe(200)
  })
})

test('a fault of ours is a 500 that tells nothing of our insides', async () => {
  const store = {
    ...gateway.deps.jobStore,
    get: async () => Promise.reject(new TypeError('x of /srv/secret is undefined')),
  }
  await using other = await startGateway(redis.url, { jobStore: store })
  const answer = await other.app.inject('/v1/jobs/01a208e1-14b0-7fea-8a27-da75b6663fd8')
  expect(answer.statusCode).toBe(500)
  expect(answer.json()).toMatchObject({ code: 'internal_error', request_id: answer.headers['x-request-id'] })
  expect(answer.body).not.toMatch(/secret|TypeError|at /)
})

test("a client's own request id is given back, if it is fit for it", async () => {
  const answered = async (id: string) =>
    (await gateway.app.inject({ url: '/v1/models', headers: { 'x-request-id': id } })).headers['x-request-id']
  expect(await answered('my-request.1')).toBe('my-request.1')
  expect(await answered('a b')).not.toBe('a b')
  expect(await answered('x'.repeat(65))).toHaveLength(36)
})

test('the log tells of every answer, and of nothing private', async () => {
  const lines: string[] = []
  const sink = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk))
      done()
    },
  })
  await using other = await startGateway(redis.url, {
    logger: pino({ level: 'debug' }, sink),
    env: { API_USERNAME: 'ana', API_PASSWORD: 'geheim' },
  })
  const { headers, payload } = imageForm()
  const authorization = `Basic ${Buffer.from('ana:geheim').toString('base64')}`
  const url = '/v1/jobs?webhook_url=https://example.org/token-4711'
  const answer = await other.app.inject({
    method: 'POST',
    url,
    headers: { ...headers, authorization },
    payload,
  })
  expect(answer.statusCode).toBe(202)
  await other.app.inject({
    method: 'POST',
    url: '/v1/jobs?conf=2&token=4711',
    headers: { ...headers, authorization },
    payload,
  })
  const log = lines.join('')
  const answered = lines.map((line) => JSON.parse(line)).filter(({ msg }) => msg === 'answered')
  expect(answered).toMatchObject([
    {
      method: 'POST',
      path: '/v1/jobs',
      status: 202,
      answered_id: answer.json().id,
      request_id: expect.any(String),
    },
    { status: 400 },
  ])
  expect(log).not.toMatch(/4711|geheim|garrafa|YW5h/)
})

describe('the console', () => {
  test('is served as it was built, and may load nothing from elsewhere', async () => {
    const answer = await get('/')
    expect(answer.statusCode).toBe(200)
    expect(answer.headers['content-type']).toContain('text/html')
    expect(answer.body).toContain('<title>The console</title>')
    expect(answer.headers['content-security-policy']).toMatch(/default-src 'none'.*script-src 'self'/)
    expect(answer.headers['content-security-policy']).not.toContain('unsafe')
    expect(answer.headers['cache-control']).toContain('no-cache')
  })

  test('has files that never change, for their names tell them apart', async () => {
    const answer = await get('/assets/page-abcd1234.js')
    expect(answer.headers['content-type']).toContain('javascript')
    expect(answer.headers['cache-control']).toContain('immutable')
    for (const none of ['/assets/page-00000000.js', '/assets/..%2findex.html', '/assets/%2e%2e/index.html'])
      expect((await get(none)).statusCode).toBe(404)
  })

  test('is not written by its visitor', async () => {
    const answer = await gateway.app.inject({ url: '/', headers: { host: '"><script>alert(1)</script>' } })
    expect(answer.headers['content-type']).toBe('application/problem+json')
  })

  test('that is not built says what to do, and is there once it is', async () => {
    const consoleDirectory = mkdtempSync(join(tmpdir(), 'lupa-console-'))
    await using other = await startGateway(redis.url, { consoleDirectory })
    const answer = await other.app.inject('/')
    expect(answer.statusCode).toBe(503)
    expect(answer.body).toContain('npm run console')
    for (const link of ['/openapi.json', '/v1/models', '/health'])
      expect(answer.body).toContain(`href="${link}"`)
    writeFileSync(join(consoleDirectory, 'index.html'), '<title>Built</title>')
    expect((await other.app.inject('/')).body).toBe('<title>Built</title>')
    rmSync(consoleDirectory, { recursive: true })
  })
})

describe('sample pictures of a model', () => {
  test('are listed, and each is a picture', async () => {
    const { data } = (await get('/v1/models/coco/samples')).json()
    expect(data).toEqual([{ name: 'sample.png', url: '/v1/models/coco/samples/sample.png' }])
    const answer = await get(data[0].url)
    expect(answer.headers['content-type']).toBe('image/png')
    expect(answer.rawPayload.subarray(1, 4).toString()).toBe('PNG')
  })

  test('that are not there are a 404', async () => {
    expect((await get('/v1/models/coco/samples/other.png')).json()).toMatchObject({
      status: 404,
      code: 'image_not_found',
    })
  })
})
