import { Readable } from 'node:stream'
import type { InjectOptions } from 'fastify'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { aFailure, aJobRecord } from '../../../packages/core/test/job-records.ts'
import { startRedisServer, type TestRedis } from '../../../packages/core/test/services/redis-server.ts'
import { basic, bearer, makeClientKey } from './client-keys.ts'
import { type GatewayUnderTest, startGateway } from './gateway-under-test.ts'
import { type FormPart, form, imageForm, newImage } from './requests.ts'

let redis: TestRedis
const started: GatewayUnderTest[] = []

beforeEach(async () => {
  redis = await startRedisServer()
})
afterEach(async () => {
  for (const gateway of started.splice(0)) await gateway[Symbol.asyncDispose]()
  await redis[Symbol.asyncDispose]()
})

const ADMIN = basic('ana:secret')

async function start(env: NodeJS.ProcessEnv = {}): Promise<GatewayUnderTest> {
  const gateway = await startGateway(redis.url, {
    env: { API_USERNAME: 'ana', API_PASSWORD: 'secret', RATE_LIMIT_PER_MINUTE: '3', ...env },
  })
  started.push(gateway)
  return gateway
}

const send = (gateway: GatewayUnderTest, request: InjectOptions, headers: Record<string, string> = ADMIN) =>
  gateway.app.inject({ ...request, headers: { ...request.headers, ...headers } })
const submit = (gateway: GatewayUnderTest, headers: Record<string, string> = ADMIN) =>
  send(gateway, { method: 'POST', url: '/v1/jobs', ...imageForm() }, headers)
const images = (count: number): FormPart[] =>
  Array.from({ length: count }, (_, at) => ({
    name: 'image',
    fileName: `${at}.png`,
    type: 'image/png',
    bytes: newImage(),
  }))
const submitBatch = (gateway: GatewayUnderTest, count: number) =>
  send(gateway, { method: 'POST', url: '/v1/batches', ...form(...images(count)) })

describe('Images a minute', () => {
  test('are counted by client over all gateways, and what is left is told', async () => {
    const gateways = [await start(), await start()] as const
    const answers = []
    for (let at = 0; at < 5; at++) answers.push(await submit(gateways[at % 2] as GatewayUnderTest))
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([202, 202, 202, 429, 429])
    expect(answers.map(({ headers }) => String(headers.ratelimit).split(',')[0])).toEqual([
      expect.stringMatching(/^"images";r=2;t=(5\d|6[01])$/),
      expect.stringMatching(/^"images";r=1;t=(5\d|6[01])$/),
      expect.stringMatching(/^"images";r=0;t=(5\d|6[01])$/),
      expect.stringMatching(/^"images";r=0;t=(5\d|6[01])$/),
      expect.stringMatching(/^"images";r=0;t=(5\d|6[01])$/),
    ])
    const [, , , refused] = answers
    expect(refused?.headers['ratelimit-policy']).toBe(
      '"images";q=3;w=60, "bytes";q=107374182400;qu="content-bytes";w=86400',
    )
    expect(Number(refused?.headers['retry-after'])).toBeGreaterThan(50)
    expect(Number(refused?.headers['retry-after'])).toBeLessThanOrEqual(61)
    expect(refused?.json()).toMatchObject({
      code: 'rate_limited',
      detail: expect.stringMatching(
        /^You may submit 3 images in a minute\. Nothing was stored\. Send it again in \d+ seconds\.$/,
      ),
    })
    const { key } = await makeClientKey(gateways[0])
    expect((await submit(gateways[0], bearer(key))).statusCode).toBe(202)
  })

  test('are none of the reads', async () => {
    const gateway = await start({ RATE_LIMIT_PER_MINUTE: '1' })
    const { id } = (await submit(gateway)).json()
    for (let at = 0; at < 20; at++) {
      const answer = await send(gateway, { url: `/v1/jobs/${id}` })
      expect(answer.statusCode).toBe(200)
      expect(answer.headers).not.toHaveProperty('ratelimit')
    }
  })

  test('are refused before a byte of the body is read', async () => {
    const gateway = await start({ RATE_LIMIT_PER_MINUTE: '1' })
    await submit(gateway)
    let isRead = false
    const payload = new Readable({
      read() {
        isRead = true
        this.push(null)
      },
    })
    const answer = await send(gateway, {
      method: 'POST',
      url: '/predict',
      headers: { 'content-type': 'image/png' },
      payload,
    })
    expect(answer.statusCode).toBe(429)
    expect(answer.json()).toMatchObject({ code: 'rate_limited', error: expect.any(String) })
    expect(isRead).toBe(false)
  })

  test('are those of a batch too, which is taken whole or not at all', async () => {
    const gateway = await start({ RATE_LIMIT_PER_MINUTE: '5' })
    expect((await submitBatch(gateway, 3)).statusCode).toBe(202)
    const refused = await submitBatch(gateway, 3)
    expect(refused.statusCode).toBe(429)
    expect(refused.json()).toMatchObject({
      code: 'rate_limited',
      detail: expect.stringContaining('5 images in a minute, and this has 3.'),
    })
    expect((await submitBatch(gateway, 2)).statusCode).toBe(202)
    expect((await submitBatch(gateway, 1)).statusCode).toBe(429)
    expect((await send(gateway, { url: '/v1/jobs' })).json().data).toHaveLength(5)
  })

  test('may be fewer than a batch holds: it is taken when none were sent, and worked off', async () => {
    const gateway = await start()
    const batch = await submitBatch(gateway, 10)
    expect([batch.statusCode, batch.json().total]).toEqual([202, 10])
    const refused = await submit(gateway)
    expect(refused.statusCode).toBe(429)
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(170)
  })

  test('are those that are run again', async () => {
    const gateway = await start({ RATE_LIMIT_PER_MINUTE: '1' })
    const model = { name: 'coco', version: '2', task: 'detect' as const, digest: `sha256:${'c'.repeat(64)}` }
    const job = aJobRecord({ client: 'basic:ana', model })
    await gateway.deps.imageStore.put(job.id, newImage(), { contentType: 'image/png' })
    await gateway.deps.jobStore.create(job)
    await gateway.deps.jobStore.finish(job.id, aFailure())
    const retry = () => send(gateway, { method: 'POST', url: `/v1/jobs/${job.id}/retry` })
    expect([(await retry()).statusCode, (await retry()).statusCode]).toEqual([202, 429])
  })

  test('may be other for one key', async () => {
    const gateway = await start()
    const { key: slow } = await makeClientKey(gateway, { rateLimitPerMinute: 1 })
    const { key: free } = await makeClientKey(gateway, { rateLimitPerMinute: 0 })
    const { key: usual } = await makeClientKey(gateway)
    const statuses = async (key: string) => {
      const answers = []
      for (let at = 0; at < 5; at++) answers.push((await submit(gateway, bearer(key))).statusCode)
      return answers
    }
    expect(await statuses(slow)).toEqual([202, 429, 429, 429, 429])
    expect(await statuses(free)).toEqual([202, 202, 202, 202, 202])
    expect(await statuses(usual)).toEqual([202, 202, 202, 429, 429])
  })

  test('are given back when the queue had no room', async () => {
    const gateway = await start({ QUEUE_LIMIT: '1', RATE_LIMIT_PER_MINUTE: '2' })
    await gateway.deps.admission.reserve('somebody', 'else')
    for (let at = 0; at < 5; at++) {
      const answer = await submit(gateway)
      expect([answer.statusCode, answer.json().code]).toEqual([503, 'queue_full'])
    }
    await gateway.deps.admission.release('somebody', 'else')
    expect((await submit(gateway)).statusCode).toBe(202)
  })

  test('are counted here while Redis is away', async () => {
    const gateway = await start({ RATE_LIMIT_PER_MINUTE: '5' })
    redis.process.kill('SIGSTOP')
    const statuses = []
    for (let at = 0; at < 12; at++) statuses.push((await submit(gateway)).statusCode)
    expect(statuses.slice(0, 5)).toEqual(Array(5).fill(503))
    expect(statuses.slice(5)).toEqual(Array(7).fill(429))
    redis.process.kill('SIGCONT')
  })

  test('are not limited where no credentials are set, nor with 0', async () => {
    const open = await startGateway(redis.url, { env: { RATE_LIMIT_PER_MINUTE: '1' } })
    started.push(open)
    const off = await start({ RATE_LIMIT_PER_MINUTE: '0', RATE_LIMIT_BYTES_PER_DAY: '0' })
    for (let at = 0; at < 3; at++) {
      expect((await submit(open, {})).statusCode).toBe(202)
      const answer = await submit(off)
      expect(answer.statusCode).toBe(202)
      expect(answer.headers).not.toHaveProperty('ratelimit')
    }
  })

  test('cannot be had by another X-Forwarded-For, nor more guesses at a password', {
    timeout: 60_000,
  }, async () => {
    const gateway = await start({ RATE_LIMIT_PER_MINUTE: '10' })
    const statuses: number[] = []
    for (let at = 0; at < 200; at++) {
      const from = `203.0.113.${at}`
      const forwarded = { ...ADMIN, 'x-forwarded-for': from, forwarded: `for=${from}` }
      statuses.push((await submit(gateway, forwarded)).statusCode)
    }
    expect(statuses).toEqual([...Array(10).fill(202), ...Array(190).fill(429)])
    const wrong = []
    for (let at = 0; at < 40; at++) {
      const headers = { ...basic('ana:wrong'), 'x-forwarded-for': `203.0.113.${at}` }
      wrong.push((await send(gateway, { url: '/v1/jobs' }, headers)).statusCode)
    }
    expect(wrong.filter((status) => status === 401)).toHaveLength(30)
  })

  test('are told apart by X-Forwarded-For where the proxy is trusted', async () => {
    const gateway = await start({ TRUST_PROXY: '127.0.0.1' })
    const guess = async (from: string) => {
      const headers = { ...basic('ana:wrong'), 'x-forwarded-for': from }
      return (await send(gateway, { url: '/v1/jobs' }, headers)).statusCode
    }
    for (let at = 0; at < 40; at++) expect(await guess(`203.0.113.${at}`)).toBe(401)
    for (let at = 0; at < 29; at++) await guess('203.0.113.1')
    expect([await guess('203.0.113.1'), await guess('203.0.113.2')]).toEqual([429, 401])
  })
})

describe('Bytes a day', () => {
  test('are told from the header, and refused before the body is read', async () => {
    const gateway = await start({ RATE_LIMIT_PER_MINUTE: '0', RATE_LIMIT_BYTES_PER_DAY: '6000' })
    const raw = (bytes: number) =>
      send(gateway, {
        method: 'POST',
        url: '/v1/jobs',
        headers: { 'content-type': 'image/png' },
        payload: Buffer.concat([newImage(), Buffer.alloc(bytes)]).subarray(0, bytes),
      })
    expect((await raw(5000)).statusCode).toBe(202)
    const refused = await raw(5000)
    expect(refused.json()).toMatchObject({
      code: 'rate_limited',
      detail: expect.stringContaining('6000 bytes of images in a day, and this has 5000.'),
    })
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(86_000)
  })

  test('are counted when read, of what comes in chunks', async () => {
    const gateway = await start({ RATE_LIMIT_PER_MINUTE: '0', RATE_LIMIT_BYTES_PER_DAY: '6000' })
    const origin = await gateway.app.listen({ host: '127.0.0.1', port: 0 })
    const chunked = async () => {
      const body = new Blob([new Uint8Array(newImage()), new Uint8Array(4000)]).stream()
      const headers = { ...ADMIN, 'content-type': 'image/png' }
      const init = { method: 'POST', headers, body, duplex: 'half' } as RequestInit
      return (await fetch(`${origin}/v1/jobs`, init)).status
    }
    expect([await chunked(), await chunked()]).toEqual([202, 429])
    expect((await send(gateway, { url: '/v1/jobs' })).json().data).toHaveLength(1)
  })
})

describe('Waits at a time', () => {
  test('are as many as the setting says, each client has its own, and a place is free when one ends', async () => {
    const gateway = await start({ WAITS_PER_CLIENT: '2' })
    const job = aJobRecord({ client: 'basic:ana' })
    await gateway.deps.jobStore.create(job)
    const origin = await gateway.app.listen({ host: '127.0.0.1', port: 0 })
    const follow = () => fetch(`${origin}/v1/jobs/${job.id}/events`, { headers: ADMIN })
    const streams = [await follow(), await follow()]
    expect(streams.map(({ status }) => status)).toEqual([200, 200])
    for (const refused of [
      await follow(),
      await fetch(`${origin}/v1/jobs/${job.id}?wait=30`, { headers: ADMIN }),
    ]) {
      expect(refused.status).toBe(429)
      expect(refused.headers.get('retry-after')).toBe('1')
      expect(await refused.json()).toMatchObject({ code: 'too_many_waits' })
    }
    // A wish for a wait is refused before its image is stored; without it all is well.
    expect((await submit(gateway, { ...ADMIN, prefer: 'wait=1' })).json()).toMatchObject({
      code: 'too_many_waits',
    })
    expect((await submit(gateway)).statusCode).toBe(202)
    const { key } = await makeClientKey(gateway)
    expect((await submit(gateway, { ...bearer(key), prefer: 'wait=0' })).statusCode).toBe(202)

    await streams[0]?.body?.cancel()
    await expect
      .poll(async () => (await submit(gateway, { ...ADMIN, prefer: 'wait=0' })).statusCode, {
        timeout: 10_000,
      })
      .toBe(202)
  })
})
