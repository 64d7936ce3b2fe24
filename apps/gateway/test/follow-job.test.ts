import { once } from 'node:events'
import { createConnection } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { newJobId } from '@lupa/core/domain/ids'
import { type JobRecord, startJob } from '@lupa/core/domain/job'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { aJobRecord, aSuccess } from '../../../packages/core/test/job-records.ts'
import { startRedisServer, type TestRedis } from '../../../packages/core/test/services/redis-server.ts'
import { type GatewayUnderTest, startGateway } from './gateway-under-test.ts'
import { imageForm } from './requests.ts'

let redis: TestRedis
let gateway: GatewayUnderTest
let origin: string

beforeAll(async () => {
  redis = await startRedisServer()
  gateway = await startGateway(redis.url, { env: { WAIT_MAX_SECONDS: '1', WAIT_DEFAULT_SECONDS: '1' } })
  origin = await gateway.app.listen({ host: '127.0.0.1', port: 0 })
})
afterAll(async () => {
  await gateway[Symbol.asyncDispose]()
  await redis[Symbol.asyncDispose]()
})
afterEach(() => gateway.worker.hold().release())

async function submit(): Promise<string> {
  return (await gateway.app.inject({ method: 'POST', url: '/v1/jobs', ...imageForm() })).json().id
}

async function recordJob(): Promise<JobRecord> {
  const record = aJobRecord({ client: 'local' })
  await gateway.deps.jobStore.create(record)
  return record
}

interface Event {
  event: string
  id: string
  job: { id: string; status: string; attempt: number }
}

/** Follows a job over a real socket, and hands over its events as they come. */
async function follow(id: string, headers: Record<string, string> = {}) {
  const hangUp = new AbortController()
  const answer = await fetch(`${origin}/v1/jobs/${id}/events`, { headers, signal: hangUp.signal })
  return { answer, events: eventsOf(answer), hangUp: () => hangUp.abort() }
}

async function* eventsOf({ body }: Response): AsyncGenerator<Event> {
  let text = ''
  for await (const chunk of body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += chunk
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const block = text.slice(0, end)
      text = text.slice(end + 2)
      if (!block.startsWith(':')) yield toEvent(block)
    }
  }
}

function toEvent(block: string): Event {
  const fields = Object.fromEntries(block.split('\n').map((line) => line.split(/: (.*)/s).slice(0, 2)))
  return { event: fields.event, id: fields.id, job: JSON.parse(fields.data) }
}

async function all(events: AsyncGenerator<Event>): Promise<Event[]> {
  const seen: Event[] = []
  for await (const event of events) seen.push(event)
  return seen
}

const statuses = (events: Event[]) => events.map(({ job }) => job.status)

describe('following a job', () => {
  test('tells how it is, each change, and ends with its end', async () => {
    const record = await recordJob()
    const { answer, events } = await follow(record.id)
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect((await events.next()).value).toMatchObject({ event: 'job', id: 'queued', job: { id: record.id } })

    const { jobEvents, jobStore } = gateway.deps
    const begin = (attempt: number) => startJob(record, { worker: 'w', attempt, at: new Date() })
    for (const attempt of [1, 2]) {
      await jobEvents.announce(begin(attempt))
      expect((await events.next()).value).toMatchObject({ id: `running-${attempt}`, job: { attempt } })
    }
    const finished = await jobStore.finish(record.id, aSuccess(record), begin(2))
    await jobEvents.announce(finished?.record as JobRecord)
    const end = (await events.next()).value
    expect(end).toMatchObject({ id: 'succeeded', job: { status: 'succeeded', attempt: 2 } })
    expect(end.job).toEqual((await gateway.app.inject(`/v1/jobs/${record.id}`)).json())
    expect((await events.next()).done).toBe(true)
  })

  test('of a real submit tells every stage', async () => {
    const held = gateway.worker.hold()
    const id = await submit()
    await gateway.worker.taken(id)
    const { events } = await follow(id)
    expect((await events.next()).value).toMatchObject({ id: 'running-1' })
    held.release()
    expect(statuses(await all(events))).toEqual(['succeeded'])
  })

  test('that has ended tells its end alone', async () => {
    const id = await submit()
    await gateway.app.inject(`/v1/jobs/${id}?wait=1`)
    const { events } = await follow(id)
    expect(statuses(await all(events))).toEqual(['succeeded'])
  })

  test('learns of an end that was never announced', async () => {
    const record = await recordJob()
    const { events } = await follow(record.id)
    await events.next()
    await gateway.deps.jobStore.finish(record.id, aSuccess(record))
    expect(statuses(await all(events))).toEqual(['succeeded'])
  })

  test('outlasts the time that other answers are given, with a word now and then for the proxies', async () => {
    const record = await recordJob()
    const { answer } = await follow(record.id)
    const beganMs = performance.now()
    // WAIT_MAX_SECONDS is 1, so other answers are cut after 16; comments come every 15.
    let text = ''
    for await (const chunk of answer.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += chunk
      const comments = text.match(/^:/gm)?.length ?? 0
      if (comments < 2 || text.includes('canceled')) continue
      await sleep(Math.max(0, 17_000 - (performance.now() - beganMs)))
      await gateway.app.inject({ method: 'POST', url: `/v1/jobs/${record.id}/cancel` })
    }
    expect(text).toContain('id: canceled')
    expect(performance.now() - beganMs).toBeGreaterThan(17_000)
  }, 30_000)
})

describe('Last-Event-ID', () => {
  test('leaves out what was seen', async () => {
    const record = await recordJob()
    const running = startJob(record, { worker: 'w', attempt: 2, at: new Date() })
    await gateway.deps.jobEvents.announce(running)
    const seenBefore = await follow(record.id, { 'last-event-id': 'running-1' })
    expect((await seenBefore.events.next()).value).toMatchObject({ id: 'running-2' })
    const seenNow = await follow(record.id, { 'last-event-id': 'running-2' })
    await gateway.app.inject({ method: 'POST', url: `/v1/jobs/${record.id}/cancel` })
    expect(statuses(await all(seenNow.events))).toEqual(['canceled'])
    expect(statuses(await all(seenBefore.events))).toEqual(['canceled'])
  })

  test('of the end gets no stream, so that browsers stop asking', async () => {
    const id = await submit()
    await gateway.app.inject(`/v1/jobs/${id}?wait=1`)
    const { answer } = await follow(id, { 'last-event-id': 'succeeded' })
    expect(answer.status).toBe(204)
    expect(await answer.text()).toBe('')
  })

  test.each(['', 'nonsense', 'running-', 'running-99999999999999', 'queued,queued'])(
    'that is not ours (%j) is as none',
    async (lastEventId) => {
      const record = await recordJob()
      const { events, hangUp } = await follow(record.id, { 'last-event-id': lastEventId })
      expect((await events.next()).value).toMatchObject({ id: 'queued' })
      hangUp()
    },
  )
})

describe('a stream', () => {
  test('whose client hangs up is let go', async () => {
    const record = await recordJob()
    const { hostname, port } = new URL(origin)
    const socket = createConnection({ host: hostname, port: Number(port) })
    socket.write(`GET /v1/jobs/${record.id}/events HTTP/1.1\r\nHost: localhost\r\n\r\n`)
    await once(socket, 'data')
    const count = () => new Promise((resolve) => gateway.app.server.getConnections((_err, n) => resolve(n)))
    const before = Number(await count())
    socket.destroy()
    await expect.poll(count).toBeLessThan(before)
  })

  test('ends when the gateway closes, which does not wait for the job', async () => {
    const own = await startGateway(redis.url, { jobStore: gateway.deps.jobStore })
    const url = await own.app.listen({ host: '127.0.0.1', port: 0 })
    const record = await recordJob()
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => fetch(`${url}/v1/jobs/${record.id}/events`)),
    )
    const texts = answers.map((answer) => answer.text())
    const beganMs = performance.now()
    await own[Symbol.asyncDispose]()
    expect(performance.now() - beganMs).toBeLessThan(5000)
    for (const text of await Promise.all(texts)) expect(text).toContain('id: queued')
  })

  test('of what is not there is a plain 404', async () => {
    const { answer } = await follow(newJobId())
    expect(answer.status).toBe(404)
    expect(answer.headers.get('content-type')).toContain('application/problem+json')
  })
})
