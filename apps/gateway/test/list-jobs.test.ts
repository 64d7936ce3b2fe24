import type { Job } from '@lupa/core/domain/job'
import { startJob } from '@lupa/core/domain/job'
import { DEFAULT_PARAMS } from '@lupa/core/domain/params'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { aDetectSuccess, aJobRecord, aSuccess } from '../../../packages/core/test/job-records.ts'
import { startRedisServer, type TestRedis } from '../../../packages/core/test/services/redis-server.ts'
import { type GatewayUnderTest, startGateway } from './gateway-under-test.ts'
import { imageForm } from './requests.ts'

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

async function list(query = ''): Promise<{ data: Job[]; next_cursor: string | null; object: string }> {
  return (await gateway.app.inject(`/v1/jobs${query}`)).json()
}

/** Jobs of one tag, a second apart, oldest first. */
async function recordJobs(tag: string, count: number) {
  const records = Array.from({ length: count }, (_, second) =>
    aJobRecord({ client: 'local', tags: [tag], acceptedAt: new Date(Date.UTC(2026, 10, 20, 12, 0, second)) }),
  )
  for (const record of records) await gateway.deps.jobStore.create(record)
  return records
}

test('a list shows own jobs only, newest first, without what is not for clients', async () => {
  const records = await recordJobs('order', 3)
  await gateway.deps.jobStore.create(aJobRecord({ client: 'somebody-else', tags: ['order'] }))
  const page = await list('?tag=order')
  expect(page).toMatchObject({ object: 'list', next_cursor: null })
  expect(page.data.map(({ id }) => id)).toEqual(records.map(({ id }) => id).toReversed())
  expect(page.data[0]).not.toHaveProperty('client')
  expect(page.data[0]).not.toHaveProperty('stored_prediction')
})

test('a job with more predictions than a list shows has null there, and all of them where it says', async () => {
  const params = { ...DEFAULT_PARAMS, conf: 0, max_det: 5000 }
  const job = aJobRecord({ client: 'local', tags: ['large'], params })
  const empty = aJobRecord({ client: 'local', tags: ['large'], params })
  for (const [record, count] of [[job, 4500] as const, [empty, 0] as const]) {
    await gateway.deps.jobStore.create(record)
    await gateway.deps.jobStore.finish(record.id, aDetectSuccess(record, count))
  }
  const { data } = await list('?tag=large')
  const listed = data.find(({ id }) => id === job.id)
  expect(listed).toMatchObject({ status: 'succeeded', prediction: 'bottle', predictions: null })
  expect(data.find(({ id }) => id === empty.id)).toMatchObject({ prediction: null, predictions: [] })
  const whole = (await gateway.app.inject(listed?.links.self ?? '')).json()
  expect(whole.predictions).toHaveLength(4500)
})

test('pages follow one another without gap or repetition', async () => {
  const records = await recordJobs('pages', 7)
  const seen: string[] = []
  let cursor: string | null = ''
  let pages = 0
  do {
    const page = await list(`?tag=pages&limit=3${cursor ? `&cursor=${cursor}` : ''}`)
    seen.push(...page.data.map(({ id }) => id))
    cursor = page.next_cursor
    pages++
  } while (cursor)
  expect(pages).toBe(3)
  expect(seen).toEqual(records.map(({ id }) => id).toReversed())
})

test('filters narrow a list', async () => {
  const [first, second, third] = await recordJobs('filters', 3)
  if (!first || !second || !third) throw new Error('three jobs were recorded')
  await gateway.deps.jobStore.finish(second.id, aSuccess(second))
  const idsOf = async (query: string) => (await list(`?tag=filters&${query}`)).data.map(({ id }) => id)
  expect(await idsOf('status=succeeded')).toEqual([second.id])
  expect(await idsOf('status=queued')).toEqual([third.id, first.id])
  expect(await idsOf('model=bottle-status')).toHaveLength(3)
  expect(await idsOf('model=coco')).toEqual([])
  expect(await idsOf('created_after=2026-11-20T12:00:00.500Z')).toEqual([third.id, second.id])
  expect(await idsOf('created_before=2026-11-20T14:00:01%2B02:00')).toEqual([first.id])
})

describe('a running job', () => {
  test('shows as running in every list, and only there when one asks for it', async () => {
    const held = gateway.worker.hold()
    const answer = await gateway.app.inject({ method: 'POST', url: '/v1/jobs?tags=live', ...imageForm() })
    const { id } = answer.json()
    await gateway.worker.taken(id)
    expect((await list('?status=running&tag=live')).data).toMatchObject([{ id, status: 'running' }])
    expect((await list('?status=running&tag=other')).data).toEqual([])
    expect((await list('?tag=live')).data).toMatchObject([{ id, status: 'running' }])
    expect((await list('?status=queued&tag=live')).data).toEqual([])
    held.release()
    await gateway.app.inject(`/v1/jobs/${id}?wait=10`)
    expect((await list('?status=running&tag=live')).data).toEqual([])
  })

  test('of another client does not show', async () => {
    const theirs = aJobRecord({ client: 'somebody-else' })
    await gateway.deps.jobStore.create(theirs)
    const held = gateway.worker.hold()
    await gateway.deps.imageStore.put(theirs.id, Buffer.from('x'), { contentType: 'image/png' })
    await gateway.deps.jobQueue.enqueue(theirs)
    await gateway.worker.taken(theirs.id)
    expect((await list('?status=running')).data).toEqual([])
    await gateway.deps.jobEvents.announce(startJob(theirs, { worker: 'w', attempt: 1, at: new Date() }))
    held.release()
  })
})

test.each([
  ['limit=0', 'limit=0 is not valid: it must be at least 1'],
  ['limit=101', 'limit=101'],
  ['limit=many', 'limit="many" is not valid: it must be a number'],
  ['status=done', 'it must be one of queued, running, succeeded, failed, canceled, expired'],
  ['created_after=yesterday', 'it must be an RFC 3339 time'],
  ['cursor=garbage', 'cursor is not one of ours'],
  [`cursor=${Buffer.from('{"id":1}').toString('base64url')}`, 'cursor is not one of ours'],
  ['page=2', 'There is no parameter "page"'],
])('?%s is a 400 that says what is allowed', async (query, detail) => {
  const answer = await gateway.app.inject(`/v1/jobs?${query}`)
  expect(answer.statusCode).toBe(400)
  expect(answer.json().detail.replaceAll('"0"', '0').replaceAll('"101"', '101')).toContain(detail)
})
