import { makeApiKey } from '@lupa/core/clients/api-key-text'
import { type BatchRecord, createBatch } from '@lupa/core/domain/batch'
import { createErasure } from '@lupa/core/domain/erasure'
import { newJobId } from '@lupa/core/domain/ids'
import type { JobRecord } from '@lupa/core/domain/job'
import { Scope } from '@lupa/core/domain/scope'
import type { InjectOptions } from 'fastify'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { aDeliveryRecord } from '../../../packages/core/test/delivery-records.ts'
import { aDetectSuccess, aFailure, aJobRecord, aSuccess } from '../../../packages/core/test/job-records.ts'
import { startRedisServer, type TestRedis } from '../../../packages/core/test/services/redis-server.ts'
import { basic, bearer, makeClientKey } from './client-keys.ts'
import { type GatewayUnderTest, startGateway } from './gateway-under-test.ts'
import { form, imageForm, newImage } from './requests.ts'
import { startTestRenderWorker, type TestRenderWorker } from './test-render-worker.ts'

type Request = InjectOptions & { url: string }
type Asked = Scope | 'any' | 'optional' | 'none'

/** Who may call what. A route that is not here fails the test: say who may call it. */
const ASKED: Record<string, Asked> = {
  'GET /': 'any',
  'GET /docs': 'any',
  'GET /docs/docs.css': 'any',
  'GET /docs/docs.js': 'any',
  'GET /docs/swagger-ui-bundle.js': 'any',
  'GET /docs/swagger-ui.css': 'any',
  'GET /assets/:file': 'none',
  'GET /health': 'optional',
  'GET /livez': 'none',
  'GET /metrics': 'metrics:read',
  'GET /openapi.json': 'any',
  'GET /readyz': 'none',
  'GET /roboflow/model/registry': 'any',
  'GET /v1/audit': 'admin',
  'GET /v1/batches/:id': 'jobs:read',
  'GET /v1/batches/:id/results': 'jobs:read',
  'GET /v1/dead': 'admin',
  'GET /v1/erasures/:id': 'jobs:read',
  'GET /v1/jobs': 'jobs:read',
  'GET /v1/jobs/:id': 'jobs:read',
  'GET /v1/jobs/:id/annotated': 'jobs:read',
  'GET /v1/jobs/:id/crops': 'jobs:read',
  'GET /v1/jobs/:id/deliveries': 'jobs:read',
  'GET /v1/jobs/:id/events': 'jobs:read',
  'GET /v1/jobs/:id/image': 'jobs:read',
  'GET /v1/jobs/:id/redacted': 'jobs:read',
  'GET /v1/keys': 'admin',
  'GET /v1/models': 'any',
  'GET /v1/models/:name': 'any',
  'GET /v1/models/:name/samples': 'any',
  'GET /v1/models/:name/samples/:file': 'any',
  'GET /v1/queue': 'any',
  'GET /v1/webhooks/deliveries': 'jobs:read',
  'GET /v1/webhooks/receiver': 'jobs:read',
  'GET /v1/webhooks/secret': 'webhooks:write',
  'OPTIONS /v1/events/blob-created': 'none',
  'GET /v2': 'any',
  'GET /v2/health/live': 'none',
  'GET /v2/health/ready': 'none',
  'GET /v2/models/:name': 'any',
  'GET /v2/models/:name/ready': 'any',
  'GET /v2/models/:name/versions/:version': 'any',
  'GET /v2/models/:name/versions/:version/ready': 'any',
  'DELETE /v1/batches/:id': 'jobs:write',
  'DELETE /v1/clients/:client/data': 'admin',
  'DELETE /v1/clients/me/data': 'jobs:write',
  'DELETE /v1/jobs/:id': 'jobs:write',
  'DELETE /v1/keys/:id': 'admin',
  'DELETE /v1/models/:name/aliases/:alias': 'models:write',
  'POST /predict': 'jobs:write',
  'POST /roboflow/:model/:version': 'jobs:write',
  'POST /roboflow/infer/:task': 'jobs:write',
  'POST /roboflow/model/add': 'any',
  'POST /v1/batches': 'jobs:write',
  'POST /v1/batches/:id/cancel': 'jobs:write',
  'POST /v1/batches/:id/retry': 'jobs:write',
  'POST /v1/dead/:id/replay': 'admin',
  'POST /v1/dead/replay': 'admin',
  'POST /v1/events/blob-created': 'jobs:write',
  'POST /v1/jobs': 'jobs:write',
  'POST /v1/jobs/:id/cancel': 'jobs:write',
  'POST /v1/jobs/:id/deliveries/:delivery_id/redeliver': 'webhooks:write',
  'POST /v1/jobs/:id/redeliver': 'webhooks:write',
  'POST /v1/jobs/:id/retry': 'jobs:write',
  'POST /v1/keys': 'admin',
  'POST /v1/keys/:id/rotate': 'admin',
  'POST /v1/webhooks/deliveries/:delivery_id/redeliver': 'webhooks:write',
  'POST /v1/uploads': 'jobs:write',
  'POST /v1/webhooks/secret': 'webhooks:write',
  'POST /v1/webhooks/test': 'webhooks:write',
  'POST /v2/models/:name/infer': 'jobs:write',
  'POST /v2/models/:name/versions/:version/infer': 'jobs:write',
  'PUT /v1/models/:name/aliases/:alias': 'models:write',
  // Whoever has its signed URL.
  'PUT /v1/uploads/:key': 'none',
}

const OWNER = 'the-owner'

let redis: TestRedis
let gateway: GatewayUnderTest
let renders: TestRenderWorker
let routes: string[]
let keys: Record<'other' | 'revoked' | 'expired', string>
/** The owner's, by the only scope each has, and by the only one it lacks. */
const only = new Map<Asked, string>()
const lacking = new Map<Asked, string>()

beforeAll(async () => {
  redis = await startRedisServer()
  gateway = await startGateway(redis.url, {
    env: {
      API_USERNAME: 'ana',
      API_PASSWORD: 'secret',
      RATE_LIMIT_PER_MINUTE: '0',
      OUTBOUND_ALLOW: '127.0.0.1',
    },
  })
  renders = startTestRenderWorker(redis.url, gateway.deps)
  routes = routesOf(gateway.app.printRoutes({ commonPrefix: false }))
  const key = async (overrides: Parameters<typeof makeClientKey>[1]) =>
    (await makeClientKey(gateway, { client: OWNER, ...overrides })).key
  const revoked = await makeClientKey(gateway, { client: OWNER, scopes: Scope.options })
  await gateway.deps.jobStore.revokeApiKey(revoked.id, new Date())
  keys = {
    other: await key({ client: 'line-4', scopes: Scope.options.filter((scope) => scope !== 'admin') }),
    revoked: revoked.key,
    expired: await key({ scopes: Scope.options, expiresAt: new Date(Date.now() - 1) }),
  }
  for (const scope of Scope.options) {
    only.set(scope, await key({ scopes: [scope] }))
    lacking.set(scope, await key({ scopes: Scope.options.filter((one) => one !== scope && one !== 'admin') }))
  }
})
afterAll(async () => {
  await renders[Symbol.asyncDispose]()
  await gateway[Symbol.asyncDispose]()
  await redis[Symbol.asyncDispose]()
})

test('who may call is said of every route there is, and of none that is not', () => {
  expect(routes.toSorted()).toEqual(
    Object.keys(ASKED)
      .flatMap((route) => (route.startsWith('GET ') ? [route, route.replace('GET', 'HEAD')] : [route]))
      .toSorted(),
  )
})

const ROUTES = Object.entries(ASKED).map(([route, asked]) => ({ route, asked }))
const isOpen = ({ asked }: { asked: Asked }) => asked === 'none' || asked === 'optional'
const needsScope = ({ asked }: { asked: Asked }) => Scope.safeParse(asked).success
/** Of one thing that a client has. */
const isOfOne = ({ route }: { route: string }) =>
  /^\w+ \/v1\/(jobs|batches|erasures|webhooks\/deliveries)\/:/.test(route)
const isOfAll = (one: (typeof ROUTES)[number]) => !isOfOne(one) && !isOpen(one) && one.asked !== 'admin'

test.each(ROUTES)('$route lets its owner in', async ({ route, asked }) => {
  const key = only.get(asked) ?? lacking.get('admin') ?? ''
  for (const request of await requestsOf(route)) {
    const answer = await call(request, bearer(key))
    expect([answer.statusCode, answer.body]).toEqual([expect.toSatisfy(isGranted), expect.anything()])
  }
})

test.each(ROUTES.filter((one) => !isOpen(one)))(
  '$route takes the key as the password of Basic too',
  async ({ route, asked }) => {
    const key = only.get(asked) ?? lacking.get('admin') ?? ''
    for (const request of await requestsOf(route)) {
      expect((await call(request, basic(`any:${key}`))).statusCode).toSatisfy(isGranted)
    }
  },
)

test.each(ROUTES.filter(({ route }) => !/^(GET|HEAD|OPTIONS) /.test(route)))(
  '$route does nothing that a page of another site makes a browser send',
  async ({ route, asked }) => {
    for (const password of ['secret', only.get(asked) ?? '']) {
      for (const request of await requestsOf(route)) {
        const answer = await call(request, { ...basic(`ana:${password}`), 'sec-fetch-site': 'cross-site' })
        expect([answer.statusCode, codeOf(answer)]).toEqual([403, 'cross_site_request'])
      }
    }
  },
)

test.each(ROUTES.filter(needsScope))(
  '$route lets in whoever has `admin`, as far as it is theirs',
  async ({ route }) => {
    for (const request of await requestsOf(route)) {
      const answer = await call(request, bearer(only.get('admin') ?? ''))
      expect(answer.statusCode).toSatisfy(isGranted)
    }
  },
)

test.each(ROUTES.filter(isOfOne))(
  '$route tells another client what it tells of what is not there, byte for byte',
  async ({ route }) => {
    for (const request of await requestsOf(route)) {
      const url = request.url.replaceAll(/msg_[\w-]+|[\da-f-]{36}/g, missingId)
      const answers = [
        await call(request, bearer(keys.other)),
        await call({ ...request, url }, bearer(keys.other)),
        await call({ ...request, url }, bearer(lacking.get('admin') ?? '')),
      ].map(bytesOf)
      expect(answers[0]?.status).toBe(404)
      expect(answers[1]).toEqual(answers[0])
      expect(answers[2]).toEqual(answers[0])
    }
  },
)

test.each(ROUTES.filter(isOfAll))('$route shows another client nothing of the owner', async ({ route }) => {
  const record = await aDoneJob()
  for (const request of await requestsOf(route)) {
    const answer = await call(request, bearer(keys.other))
    expect(answer.body).not.toContain(record.id)
    expect(answer.body).not.toContain(OWNER)
  }
})

describe.each(['no key', 'revoked', 'expired', 'unknown'] as const)('%s', (kind) => {
  const headersOf = (): Record<string, string> => {
    switch (kind) {
      case 'no key':
        return {}
      case 'revoked':
        return bearer(keys.revoked)
      case 'expired':
        return { 'x-api-key': keys.expired }
      case 'unknown':
        return bearer(makeApiKey().key)
    }
  }

  test.each(ROUTES.filter((one) => !isOpen(one)))('is refused at $route', async ({ route }) => {
    for (const request of await requestsOf(route)) {
      const headers = headersOf()
      const answer = await call(request, headers)
      const wrong = 'authorization' in headers ? ', error="invalid_token"' : ''
      expect(answer.statusCode).toBe(401)
      expect(answer.headers['www-authenticate']).toBe(
        `Basic realm="Lupa", charset="UTF-8", Bearer realm="Lupa"${wrong}`,
      )
      expect(codeOf(answer)).toEqual(request.method === 'HEAD' ? '' : 'unauthorized')
    }
  })

  test.each(ROUTES.filter(isOpen))('is let in at $route', async ({ route }) => {
    for (const request of await requestsOf(route))
      expect((await call(request, headersOf())).statusCode).toBeOneOf([200, 201])
  })
})

test.each(ROUTES.filter(needsScope))(
  '$route refuses who has every scope but the one it needs',
  async ({ route, asked }) => {
    for (const request of await requestsOf(route)) {
      const answer = await call(request, bearer(lacking.get(asked) ?? ''))
      expect(answer.statusCode).toBe(403)
      expect(answer.headers['www-authenticate']).toBe(
        `Bearer realm="Lupa", error="insufficient_scope", scope="${asked}"`,
      )
      expect(codeOf(answer)).toEqual(request.method === 'HEAD' ? '' : 'forbidden')
    }
  },
)

const codeOf = ({ body }: { body: string }) => (body === '' ? '' : JSON.parse(body).code)
const isGranted = (status: number) => (status >= 200 && status < 300) || status === 409

/** From `app.printRoutes()`. */
function routesOf(tree: string): string[] {
  const parents: string[] = []
  return tree
    .split('\n')
    .filter(Boolean)
    .flatMap((line) => {
      const [, indent = '', path = '', methods = ''] = /^(.*)[├└]── (\S+) \(([A-Z, ]+)\)$/.exec(line) ?? []
      if (methods === '') throw new Error(`This is not a line of the route table: ${line}`)
      const depth = indent.length / 4
      const url = `${parents[depth - 1] ?? ''}${path}`
      parents[depth] = url
      return methods.split(', ').map((method) => `${method} ${url}`)
    })
}

/** What the route takes, on what its owner has; made anew each time, as some of it is gone afterwards. */
async function requestsOf(route: string): Promise<Request[]> {
  const [method = '', pattern = ''] = route.split(' ')
  if (route === 'PUT /v1/uploads/:key') return [await aPut()]
  const job = route.includes('/v1/dead')
    ? await aDeadJob()
    : await aDoneJob(/crops|redacted/.test(route) ? 'detect' : 'classify')
  const batch = await aBatch()
  const delivery = aDeliveryRecord({ job_id: job.id, client: job.client })
  await gateway.deps.jobStore.createDelivery(delivery)
  const alias = { model: 'coco', alias: 'canary', version: '1', setAt: job.created_at, setBy: 'basic:ana' }
  await gateway.deps.jobStore.setAlias(alias)
  const erasure = createErasure(`key:${OWNER}`, { at: new Date(), retentionSeconds: 60 })
  await gateway.deps.jobStore.putErasure(erasure)
  const { id: keyId } = await makeClientKey(gateway, { client: 'of-nobody' })
  const ids: Record<string, string> = { batches: batch.id, keys: keyId, erasures: erasure.id }
  const id = ids[pattern.split('/')[2] ?? ''] ?? job.id
  const url = pattern
    .replace(':id', id)
    .replace(':delivery_id', delivery.id)
    .replace(':client', 'key:of-nobody')
    .replace(':name', 'coco')
    .replace(':model', 'coco')
    .replace(':version', '2')
    .replace(':task', 'object_detection')
    .replace(':alias', 'canary')
    .replace('/assets/:file', '/assets/page-abcd1234.js')
    .replace(':file', 'sample.png')
    .replace('/receiver', '/receiver?url=https%3A%2F%2Fexample.com%2F')
  const request = { method, url, ...bodyOf(route, job) } as Request
  return method === 'GET' ? [request, { ...request, method: 'HEAD' }] : [request]
}

function bodyOf(route: string, job: JobRecord): Partial<InjectOptions> {
  switch (route) {
    case 'POST /predict':
      return withoutWait(imageForm())
    case 'POST /v1/jobs':
      return imageForm()
    case 'POST /v1/batches':
      return form({ name: 'image', fileName: 'a.png', type: 'image/png', bytes: newImage() })
    case 'POST /v1/dead/replay':
      return { payload: { ids: [job.id] } }
    case 'POST /roboflow/:model/:version':
      return { payload: newImage().toString('base64') }
    case 'POST /roboflow/infer/:task':
      return {
        payload: { model_id: 'coco/2', image: { type: 'base64', value: newImage().toString('base64') } },
      }
    case 'POST /roboflow/model/add':
      return { payload: { model_id: 'coco/2' } }
    case 'POST /v2/models/:name/infer':
    case 'POST /v2/models/:name/versions/:version/infer': {
      const data = [newImage().toString('base64')]
      return { payload: { inputs: [{ name: 'image', shape: [1], datatype: 'BYTES', data }] } }
    }
    case 'POST /v1/keys':
      return { payload: { client: 'line-5' } }
    case 'POST /v1/events/blob-created':
      return { payload: [] }
    case 'PUT /v1/models/:name/aliases/:alias':
      return { payload: { version: '1' } }
    case 'POST /v1/webhooks/test':
      return { payload: { url: 'http://127.0.0.1:9/' } }
    default:
      return {}
  }
}

async function aPut(): Promise<Request> {
  const headers = bearer(only.get('jobs:write') ?? '')
  const opened = await gateway.app.inject({ method: 'POST', url: '/v1/uploads', headers })
  const { pathname, search } = new URL(opened.json().url)
  return { method: 'PUT', url: pathname + search, payload: newImage() }
}

const withoutWait = ({ headers, payload }: ReturnType<typeof imageForm>) => ({
  headers: { ...headers, prefer: 'wait=0' },
  payload,
})

/** Each from an address of its own: wrong keys are counted by where they come from. */
let calls = 0
function call(request: InjectOptions, headers: Record<string, string>) {
  calls += 1
  return gateway.app.inject({
    ...request,
    headers: { ...request.headers, ...headers, 'x-request-id': 'the-same' },
    remoteAddress: `10.${calls >> 16}.${(calls >> 8) & 255}.${calls & 255}`,
  })
}

function bytesOf({ statusCode, headers, rawPayload }: Awaited<ReturnType<typeof call>>) {
  const { date, ...rest } = headers
  return { status: statusCode, headers: rest, body: rawPayload.toString('base64') }
}

const MISSING_JOB = newJobId()
const missingId = (id: string) => (id.startsWith('msg_') ? `msg_${MISSING_JOB}` : MISSING_JOB)

const COCO = { name: 'coco', version: '2', task: 'detect' as const, digest: `sha256:${'c'.repeat(64)}` }

async function aJob(overrides: Parameters<typeof aJobRecord>[0] = {}): Promise<JobRecord> {
  const record = aJobRecord({ client: `key:${OWNER}`, ...overrides })
  await gateway.deps.imageStore.put(record.id, newImage(), { contentType: 'image/png' })
  await gateway.deps.jobStore.create(record)
  return record
}

async function aDoneJob(task: 'classify' | 'detect' = 'classify'): Promise<JobRecord> {
  const record = await aJob(task === 'detect' ? { model: COCO } : {})
  await gateway.deps.jobStore.finish(
    record.id,
    task === 'detect' ? aDetectSuccess(record, 2) : aSuccess(record),
  )
  return record
}

async function aDeadJob(): Promise<JobRecord> {
  const record = await aJob({ model: COCO })
  await gateway.deps.jobStore.finish(record.id, aFailure())
  return record
}

async function aBatch(): Promise<BatchRecord> {
  const batch = createBatch({
    id: newJobId(),
    client: `key:${OWNER}`,
    total: 1,
    refused: [],
    webhook: null,
    retryOf: null,
    acceptedAt: new Date(),
    retentionSeconds: 86_400,
  })
  const { jobStore } = gateway.deps
  await jobStore.createBatch(batch)
  const job = await aJob({ batch: batch.id, model: COCO })
  await jobStore.finish(job.id, aFailure())
  await jobStore.completeBatch(batch.id, [], 1)
  return batch
}
