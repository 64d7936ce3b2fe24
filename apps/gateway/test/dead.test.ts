import { LupaError } from '@lupa/core/domain/errors'
import { newJobId } from '@lupa/core/domain/ids'
import type { JobRecord } from '@lupa/core/domain/job'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { aFailure, aJobRecord } from '../../../packages/core/test/job-records.ts'
import { startRedisServer, type TestRedis } from '../../../packages/core/test/services/redis-server.ts'
import { type GatewayUnderTest, startGateway } from './gateway-under-test.ts'
import { newImage } from './requests.ts'

let redis: TestRedis
let gateway: GatewayUnderTest

beforeEach(async () => {
  redis = await startRedisServer()
  gateway = await startGateway(redis.url)
})
afterEach(async () => {
  await gateway[Symbol.asyncDispose]()
  await redis[Symbol.asyncDispose]()
})

async function deadJob(overrides: Parameters<typeof aJobRecord>[0] = {}, code?: 'worker_lost') {
  const model = {
    name: 'coco',
    version: '2',
    task: 'detect' as const,
    digest: `sha256:${'c'.repeat(64)}`,
  }
  const record = aJobRecord({ client: 'ana', model, ...overrides })
  const { jobStore, imageStore } = gateway.deps
  await imageStore.put(record.id, newImage(), { contentType: 'image/png' })
  await jobStore.create(record)
  const outcome = code
    ? { status: 'failed' as const, at: new Date(), error: new LupaError(code, 'The child died.') }
    : aFailure()
  await jobStore.finish(record.id, outcome)
  return record
}

const list = async (query = '') => (await gateway.app.inject(`/v1/dead${query}`)).json()
const post = (url: string, payload?: object) =>
  gateway.app.inject({ method: 'POST', url, ...(payload && { payload }) })
const stored = async (id: string) => (await gateway.deps.jobStore.get(id)) as JobRecord
const idsOf = ({ data }: { data: { id: string }[] }) => data.map(({ id }) => id)

test('dead letters of all clients are listed, newest first, in pages, with what went wrong', async () => {
  const records: JobRecord[] = []
  for (const client of ['ana', 'local', 'bea']) {
    const acceptedAt = new Date(Date.now() - 10_000 + records.length)
    records.push(await deadJob({ client, acceptedAt }))
  }
  await gateway.deps.jobStore.create(aJobRecord())
  const wanted = records.map(({ id }) => id).toReversed()
  const first = await list('?limit=2')
  const second = await list(`?limit=2&cursor=${first.next_cursor}`)
  expect([...idsOf(first), ...idsOf(second)]).toEqual(wanted)
  expect(second.next_cursor).toBeNull()
  expect(first.data[0]).toMatchObject({
    client: 'bea',
    status: 'failed',
    attempt: 0,
    error: { code: 'image_unreadable', detail: 'The image cannot be decoded.' },
  })
  expect(JSON.stringify(first)).not.toContain('user_ip')
  expect((await gateway.app.inject('/v1/dead?cursor=nonsense')).statusCode).toBe(400)
})

test('a replay runs a dead letter again for its client, once, and takes it off the list', async () => {
  const dead = await deadJob()
  const answer = await post(`/v1/dead/${dead.id}/replay`)
  expect(answer.statusCode).toBe(202)
  const job = answer.json()
  expect(job).toMatchObject({ client: 'ana', retry_of: dead.id })
  expect(answer.headers.location).toBe(`/v1/jobs/${job.id}`)
  await expect.poll(async () => (await stored(job.id)).status).toBe('succeeded')
  expect(await stored(dead.id)).toMatchObject({ status: 'failed', dead: false })
  expect(idsOf(await list())).toEqual([])

  const again = await post(`/v1/dead/${dead.id}/replay`)
  expect(again.statusCode).toBe(409)
  expect(again.json()).toMatchObject({
    code: 'job_not_dead',
    detail: expect.stringContaining('replayed already'),
  })
})

test('many replays of one dead letter at once make one job', async () => {
  const dead = await deadJob()
  const answers = await Promise.all(Array.from({ length: 20 }, () => post(`/v1/dead/${dead.id}/replay`)))
  const made = answers.filter(({ statusCode }) => statusCode === 202).map((answer) => answer.json().id)
  expect(new Set(made).size).toBe(1)
  expect(await gateway.deps.jobStore.list({ client: 'ana', limit: 10 })).toHaveLength(2)
})

test('a replay that died before the letter was taken off the list makes no second job', async () => {
  const dead = await deadJob()
  const { jobStore } = gateway.deps
  const dismissDead = async () => Promise.reject(new LupaError('store_unavailable', 'The disk is full.'))
  await using other = await startGateway(redis.url, {
    ...gateway.deps,
    jobStore: { ...jobStore, dismissDead },
  })
  const url = `/v1/dead/${dead.id}/replay`
  expect((await other.app.inject({ method: 'POST', url })).statusCode).toBe(503)
  expect((await post(url)).statusCode).toBe(202)
  expect(await jobStore.list({ client: 'ana', limit: 10 })).toHaveLength(2)
})

test('what is no dead letter is not replayed', async () => {
  const queued = aJobRecord()
  await gateway.deps.jobStore.create(queued)
  expect((await post(`/v1/dead/${queued.id}/replay`)).json()).toMatchObject({
    status: 409,
    code: 'job_not_dead',
    detail: expect.stringContaining('queued'),
  })
  for (const id of [newJobId(), 'nonsense']) {
    expect((await post(`/v1/dead/${id}/replay`)).json()).toMatchObject({ status: 404, code: 'job_not_found' })
  }
})

test('many are replayed by their ids, and it is said which were not', async () => {
  const [one, two] = [await deadJob(), await deadJob({ client: 'local' })]
  const missing = newJobId()
  const answer = await post('/v1/dead/replay', { ids: [one.id, two.id, missing, one.id] })
  expect(answer.statusCode).toBe(200)
  const { replayed, refused } = answer.json()
  expect(replayed.map(({ id }: { id: string }) => id)).toEqual([one.id, two.id])
  expect(await stored(replayed[0].job)).toMatchObject({ client: 'ana', retry_of: one.id })
  expect(refused).toEqual([{ id: missing, code: 'job_not_found', detail: expect.any(String) }])
  expect((await post('/v1/dead/replay', { ids: [one.id] })).json()).toMatchObject({
    replayed: [],
    refused: [{ code: 'job_not_dead' }],
  })
})

test('many are replayed by the error they failed with, at most as many as wished', async () => {
  const lost: string[] = []
  for (let at = 0; at < 3; at++) {
    lost.push((await deadJob({ acceptedAt: new Date(Date.now() - 10_000 + at) }, 'worker_lost')).id)
  }
  const other = await deadJob()
  const { replayed } = (await post('/v1/dead/replay', { code: 'worker_lost', limit: 2 })).json()
  expect(replayed.map(({ id }: { id: string }) => id)).toEqual(lost.toReversed().slice(0, 2))
  expect(new Set(idsOf(await list()))).toEqual(new Set([lost[0], other.id]))
})

test.each([
  [{}],
  [{ ids: [] }],
  [{ ids: ['a'], code: 'worker_lost' }],
  [{ ids: ['a'], limit: 2 }],
  [{ code: 'nonsense' }],
  [{ code: 'worker_lost', limit: 101 }],
  [{ all: true }],
])('a wish to replay %j is refused', async (wish) => {
  expect((await post('/v1/dead/replay', wish)).statusCode).toBe(400)
})
