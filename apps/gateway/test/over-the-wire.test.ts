import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createConnection } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { aJobRecord } from '../../../packages/core/test/job-records.ts'
import { startRedisServer, type TestRedis } from '../../../packages/core/test/services/redis-server.ts'
import { type GatewayUnderTest, startGateway } from './gateway-under-test.ts'
import { imageForm, newImage } from './requests.ts'

let redis: TestRedis
let gateway: GatewayUnderTest
let origin: string

beforeAll(async () => {
  redis = await startRedisServer()
  gateway = await startGateway(redis.url, {
    env: { MAX_IMAGE_BYTES: '1000000', UPLOAD_TIMEOUT_SECONDS: '1' },
  })
  origin = await gateway.app.listen({ host: '127.0.0.1', port: 0 })
})
afterAll(async () => {
  await gateway[Symbol.asyncDispose]()
  await redis[Symbol.asyncDispose]()
})

const post = (body: FormData, headers = {}) => fetch(`${origin}/v1/jobs`, { method: 'POST', body, headers })

/** Sends bytes on a bare socket and resolves to all that comes back until the other side closes. */
async function raw(...chunks: (string | Buffer)[]): Promise<string> {
  const { hostname, port } = new URL(origin)
  const socket = createConnection({ host: hostname, port: Number(port) })
  for (const chunk of chunks) socket.write(chunk)
  return text(socket)
}

test('a browser form works', async () => {
  const form = new FormData()
  form.append('image', new Blob([new Uint8Array(newImage())], { type: 'image/png' }), 'garrafa.png')
  form.append('tags', 'line-3')
  const answer = await post(form, { prefer: 'wait=10' })
  expect(answer.status).toBe(200)
  expect(await answer.json()).toMatchObject({
    status: 'succeeded',
    image_name: 'garrafa.png',
    tags: ['line-3'],
  })
})

test.each<[string, number, (image: Buffer<ArrayBuffer>) => RequestInit]>([
  ['as a form', 500_000, (image) => ({ body: toForm(image) })],
  ['as it is', 500_000, (image) => ({ body: image, headers: { 'content-type': 'image/png' } })],
  ['in one piece', 5000, (image) => ({ body: image, headers: { 'content-type': 'image/png' } })],
  [
    'in JSON',
    500_000,
    (image) => ({
      body: JSON.stringify({ image_base64: image.toString('base64') }),
      headers: { 'content-type': 'application/json' },
    }),
  ],
])('an image %s is stored whole, and its memory given back at once', async (_, bytes, toRequest) => {
  using put = vi.spyOn(gateway.deps.imageStore, 'put')
  const image = Buffer.concat([newImage(), randomBytes(bytes)])
  const answer = await fetch(`${origin}/v1/jobs`, { method: 'POST', ...toRequest(image) })
  expect(answer.status).toBe(202)
  const { id } = (await answer.json()) as { id: string }
  expect(put.mock.calls.map(([key, given]) => [key, given.byteLength])).toEqual([[id, 0]])
  const stored = await fetch(`${origin}/v1/jobs/${id}/image`)
  expect(Buffer.from(await stored.arrayBuffer()).equals(image)).toBe(true)
})

function toForm(image: Buffer<ArrayBuffer>): FormData {
  const form = new FormData()
  form.append('image', new Blob([image]), 'garrafa.png')
  return form
}

describe('an upload that is too large', () => {
  const big = new Uint8Array(5_000_000)

  test('reads its 413 instead of a reset connection, by every way in', async () => {
    const form = new FormData()
    form.append('image', new Blob([big]), 'big.png')
    const streamed = new ReadableStream({
      pull(controller) {
        for (let chunk = 0; chunk < 5; chunk++) controller.enqueue(big.subarray(0, 1_000_000))
        controller.close()
      },
    })
    const bodies: [RequestInit['body'], Record<string, string>][] = [
      [form, {}],
      [big, { 'content-type': 'image/png' }],
      [streamed, { 'content-type': 'image/png' }],
      [
        JSON.stringify({ image_base64: Buffer.from(big).toString('base64') }),
        { 'content-type': 'application/json' },
      ],
    ]
    for (const [body, headers] of bodies) {
      const answer = await fetch(`${origin}/v1/jobs`, {
        method: 'POST',
        body,
        headers,
        duplex: 'half',
      } as RequestInit)
      expect(answer.status).toBe(413)
      expect(await answer.json()).toMatchObject({ code: 'image_too_large' })
    }
  })

  test('is not let in at all when it says that it is out of all bounds', async () => {
    const answer = await raw(
      'POST /v1/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\nContent-Length: 10000000000\r\n\r\n',
    )
    expect(answer).toMatch(/^HTTP\/1.1 413 /)
    expect(answer).toContain('image_too_large')
  })
})

describe('a request that does not arrive whole', () => {
  test('ends with a 408 once its time is up', async () => {
    const { headers, payload } = imageForm()
    const head = `POST /v1/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${headers['content-type']}\r\nContent-Length: ${payload.length}\r\n\r\n`
    const beganMs = performance.now()
    expect(await raw(head, payload.subarray(0, 300))).toMatch(/^HTTP\/1.1 408 /)
    expect(performance.now() - beganMs).toBeLessThan(10_000)
  })

  test('by a thousand sockets that trickle, ends for each, and others are answered meanwhile', {
    timeout: 60_000,
  }, async () => {
    const { headers, payload } = imageForm()
    const body = `POST /v1/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${headers['content-type']}\r\nContent-Length: ${payload.length}\r\n\r\n`
    const { hostname, port } = new URL(origin)
    const closed = Array.from({ length: 1000 }, async (_, nth) => {
      const socket = createConnection({ host: hostname, port: Number(port) })
      // A socket that is closed in the middle of a byte is closed all the same.
      socket.on('error', () => {}).resume()
      const beginning = nth % 2 ? body : 'GET /v1/jobs HTTP/1.1\r\nX-Slow: '
      socket.write(beginning)
      const trickle = setInterval(() => socket.write('x'), 100)
      await once(socket, 'close')
      clearInterval(trickle)
    })
    let areOpen = true
    const all = Promise.all(closed).finally(() => (areOpen = false))
    const waitedMs: number[] = []
    while (areOpen) {
      const beganMs = performance.now()
      expect((await fetch(`${origin}/livez`)).status).toBe(200)
      waitedMs.push(performance.now() - beganMs)
      await Promise.race([all, new Promise((resolve) => setTimeout(resolve, 100))])
    }
    await all
    expect(Math.max(...waitedMs)).toBeLessThan(5000)
  })

  test('by a client that hangs up leaves no job behind', async () => {
    const { headers, payload } = imageForm()
    const { hostname, port } = new URL(origin)
    const socket = createConnection({ host: hostname, port: Number(port) })
    socket.write(
      `POST /v1/jobs?tags=gone HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${headers['content-type']}\r\nContent-Length: ${payload.length}\r\n\r\n`,
    )
    socket.write(payload.subarray(0, 300))
    await once(socket, 'connect')
    socket.destroy()
    const list = await fetch(`${origin}/v1/jobs?tag=gone`)
    expect(await list.json()).toMatchObject({ data: [] })
  })

  test.each([
    ['nonsense', 'GARBAGE\r\n\r\n', 400],
    [
      'headers without end',
      `GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: ${'x'.repeat(20_000)}\r\n\r\n`,
      431,
    ],
    [
      'two lengths',
      'POST /v1/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx',
      400,
    ],
  ])('and is %s gets a problem', async (_what, request, status) => {
    const answer = await raw(request)
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
    expect(answer).toContain('application/problem+json')
  })
})

test('a client that hangs up ends its wait, and its job goes on', async () => {
  const held = gateway.worker.hold()
  const { headers, payload } = imageForm()
  const hangUp = new AbortController()
  const request = fetch(`${origin}/v1/jobs?tags=left`, {
    method: 'POST',
    body: new Uint8Array(payload),
    headers: { ...headers, prefer: 'wait=60' },
    signal: hangUp.signal,
  })
  const id = await expect
    .poll(async () => (await gateway.deps.jobStore.list({ client: 'local', tag: 'left', limit: 1 }))[0]?.id)
    .toBeDefined()
    .then(
      async () => (await gateway.deps.jobStore.list({ client: 'local', tag: 'left', limit: 1 }))[0]?.id ?? '',
    )
  await gateway.worker.taken(id)
  hangUp.abort()
  await expect(request).rejects.toThrow()
  held.release()
  const job = await fetch(`${origin}/v1/jobs/${id}?wait=10`)
  expect(await job.json()).toMatchObject({ status: 'succeeded' })
})

test('closing the gateway ends its waits with the job as it is, and resets nobody', async () => {
  await using other = await startGateway(redis.url)
  const url = await other.app.listen({ host: '127.0.0.1', port: 0 })
  // Recorded and not queued: nobody will finish it.
  const record = aJobRecord({ client: 'local' })
  await other.deps.jobStore.create(record)
  let arrived = 0
  other.app.server.on('request', () => {
    arrived += 1
  })
  const polls = Array.from({ length: 20 }, () => fetch(`${url}/v1/jobs/${record.id}?wait=60`))
  await expect.poll(() => arrived, { timeout: 15_000 }).toBe(20)
  await Promise.all([...polls.map(async (poll) => expect((await poll).status).toBe(200)), other.app.close()])
})

test('closing the gateway does not wait for connections on which nothing was ever sent', async () => {
  await using other = await startGateway(redis.url)
  const { hostname, port } = new URL(await other.app.listen({ host: '127.0.0.1', port: 0 }))
  const accepted = once(other.app.server, 'connection')
  const spare = createConnection({ host: hostname, port: Number(port) })
  await accepted
  await other.app.close()
  await text(spare)
})
