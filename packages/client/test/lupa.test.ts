import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { LupaError as CoreError } from '@lupa/core/domain/errors'
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { type GatewayUnderTest, startGateway } from '../../../apps/gateway/test/gateway-under-test.ts'
import { newImage } from '../../../apps/gateway/test/requests.ts'
import { startRedisServer, type TestRedis } from '../../core/test/services/redis-server.ts'
import { JobError, ProblemError, UnreachableError, WaitEndedError } from '../src/library/errors.ts'
import { Lupa } from '../src/library/node-lupa.ts'
import type { Job } from '../src/library/wire-types.ts'

describe('against a gateway', () => {
  let redis: TestRedis
  let gateway: GatewayUnderTest
  let lupa: Lupa
  let folder: string

  beforeAll(async () => {
    redis = await startRedisServer()
    gateway = await startGateway(redis.url, {
      env: { API_USERNAME: 'ana', API_PASSWORD: 'ção:1', RATE_LIMIT_PER_MINUTE: '0' },
    })
    const url = await gateway.app.listen({ port: 0, host: '127.0.0.1' })
    lupa = new Lupa({ url: `${url}/`, username: 'ana', password: 'ção:1' })
    folder = mkdtempSync(join(tmpdir(), 'lupa-test-client-'))
    mkdirSync(join(folder, 'deeper'))
    for (const name of ['b.png', 'a.PNG', 'deeper/c.png']) writeFileSync(join(folder, name), newImage())
    writeFileSync(join(folder, 'notes.txt'), 'no image')
  })
  afterAll(async () => {
    await gateway[Symbol.asyncDispose]()
    await redis[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true })
  })
  afterEach(() => gateway.worker.failWith(undefined))

  test('an image in any form is predicted', async () => {
    const bytes = () => new Uint8Array(newImage())
    const chunks = async function* () {
      yield bytes()
    }
    const sources = {
      path: join(folder, 'b.png'),
      blob: new Blob([bytes()]),
      file: new File([bytes()], 'ação.png'),
      buffer: bytes().buffer,
      view: bytes(),
      stream: new Blob([bytes()]).stream() as ReadableStream<Uint8Array>,
      chunks: chunks(),
      data: `data:image/png;base64,${Buffer.from(bytes()).toString('base64')}`,
    }
    const names: Record<string, string | null> = {}
    for (const [form, source] of Object.entries(sources)) {
      const job = await lupa.predict(source, { conf: 0.5, classes: ['person', 'car'], tags: ['a,b'] })
      expect([form, job.status]).toEqual([form, 'succeeded'])
      expect(job).toMatchObject({ params: { conf: 0.5, classes: [0, 2] }, tags: ['a,b'], cache: 'miss' })
      names[form] = job.image_name
    }
    expect(names).toMatchObject({ path: 'b.png', file: 'ação.png', view: null, stream: null, chunks: null })
    expect((await lupa.predict(bytes(), { name: 'given.png' })).image_name).toBe('given.png')
  })

  test('an address is fetched by the gateway', async () => {
    await using place = await startServer((_, response) => void response.end(newImage()))
    expect(await lupa.predict(new URL('/a.png', place.url))).toMatchObject({ image_name: 'a.png' })
  })

  describe('past the gateway', () => {
    const large = () => new Uint8Array(Buffer.concat([newImage(), Buffer.alloc(4 * 1024 * 1024, 7)]))

    /** What was sent, and with which credentials. `refuse` answers some of it. */
    function watched(refuse: (request: string) => Response | undefined = () => undefined) {
      const sent: string[] = []
      const watching: typeof fetch = async (input, init) => {
        const { pathname } = new URL(input instanceof Request ? input.url : input)
        const isKnown = new Headers(init?.headers).has('authorization')
        const request = `${init?.method} ${pathname.replace(/[\da-f-]{36}/, 'ID')}`
        sent.push(`${request}${isKnown ? '' : ' without credentials'}`)
        return refuse(request) ?? fetch(input, init)
      }
      const credentials = { username: 'ana', password: 'ção:1' }
      return {
        sent,
        lupa: new Lupa({ url: lupa.url, ...credentials, fetch: watching, retries: { attempts: 1 } }),
      }
    }
    const DIRECTLY = ['POST /v1/uploads', 'PUT /v1/uploads/ID without credentials', 'POST /v1/jobs']

    test('a large image is put where it is kept, a small one is not worth it', async () => {
      const { sent, lupa: watching } = watched()
      const image = large()
      const job = await watching.predict(new File([image], 'large.png'))
      expect(job).toMatchObject({ image_name: 'large.png', image: { bytes: image.byteLength } })
      expect(sent.slice(0, 3)).toEqual(DIRECTLY)
      sent.length = 0
      await watching.submit(new Uint8Array(newImage()))
      expect(sent).toEqual(['POST /v1/jobs'])
    })

    test('it is as the caller wishes', async () => {
      const { sent, lupa: watching } = watched()
      await watching.submit(new Uint8Array(newImage()), { direct: true })
      await watching.submit(large(), { direct: false })
      expect(sent).toEqual([...DIRECTLY, 'POST /v1/jobs'])
    })

    test('where that place cannot be reached, images go through the gateway, unless that was not wished', async () => {
      const closed = watched((request) => (request.startsWith('PUT') ? Response.error() : undefined))
      expect(await closed.lupa.submit(large())).toMatchObject({ object: 'job' })
      const denied = watched((request) =>
        request.startsWith('PUT') ? new Response('<Error/>', { status: 403 }) : undefined,
      )
      expect(await denied.lupa.submit(large())).toMatchObject({ object: 'job' })
      const refusal = await denied.lupa.submit(large(), { direct: true }).catch((error: unknown) => error)
      expect(refusal).toMatchObject({ status: 403 })
    })

    test('what the gateway would refuse is refused before it is sent', async () => {
      const { sent, lupa: watching } = watched()
      const tooLarge = new Uint8Array(21 * 1024 * 1024)
      await expect(watching.submit(tooLarge)).rejects.toMatchObject({ code: 'image_too_large' })
      expect(sent).toEqual(['POST /v1/uploads'])
    })

    test('an image is put there first, and one job made of it later', async () => {
      const upload = await lupa.upload(new Uint8Array(newImage()), { name: 'first.png' })
      const job = await lupa.submitUpload(upload, { tags: ['later'] })
      expect(job).toMatchObject({ image_name: 'first.png', tags: ['later'] })
      expect((await lupa.submitUpload(upload.upload_id, { tags: ['later'] })).id).toBe(job.id)
      await expect(lupa.upload('https://example.com/a.png')).rejects.toThrow(/fetched by the gateway/)
    })
  })

  test('what is no image is said before anything is sent', async () => {
    await expect(lupa.predict(join(folder, 'nothing.png'))).rejects.toThrow(
      /nothing\.png cannot be read \(ENOENT\)/,
    )
    await expect(lupa.predict(7 as never)).rejects.toThrow(/An image is a Blob/)
  })

  test('a job is submitted, waited for, read again under other parameters, listed, canceled, retried, erased', async () => {
    const held = gateway.worker.hold()
    const submitted = await lupa.submit(newImage(), { tags: ['its-life'] })
    expect(submitted.done).toBe(false)
    await expect(lupa.wait(submitted, { timeoutMs: 300 })).rejects.toBeInstanceOf(WaitEndedError)
    held.release()
    const job = await lupa.wait(submitted.id)
    expect(job).toMatchObject({ id: submitted.id, status: 'succeeded' })
    expect((await lupa.get(job.id, { classes: ['car'] })).predictions?.map(({ name }) => name)).toEqual([
      'car',
    ])
    expect((await lupa.image(job.id)).size).toBe(job.image.bytes)
    expect(await lupa.cancel(job.id)).toMatchObject({ status: 'succeeded' })
    const again = await lupa.wait(await lupa.retry(job.id, { conf: 0.8 }))
    expect(again).toMatchObject({ retry_of: job.id, params: { conf: 0.8 } })
    const listed: string[] = []
    for await (const { id } of lupa.list({ tag: 'its-life' })) listed.push(id)
    expect(listed).toEqual([again.id, job.id])
    await lupa.erase(job.id)
    await expect(lupa.get(job.id)).rejects.toMatchObject({ status: 404, code: 'job_not_found' })
  })

  test('a job that fails rejects with the job', async () => {
    gateway.worker.failWith(new CoreError('image_unreadable', 'This is why.'))
    const failed = await lupa.predict(newImage()).catch((error: unknown) => error)
    expect(failed).toBeInstanceOf(JobError)
    expect((failed as JobError).job).toMatchObject({ status: 'failed', error: { code: 'image_unreadable' } })
    expect((failed as JobError).message).toContain('This is why.')
  })

  test('the changes of a job stream in until it has ended, and an ended one is told once', async () => {
    const held = gateway.worker.hold()
    const job = await lupa.submit(newImage())
    await gateway.worker.taken(job.id)
    const seen: string[] = []
    for await (const { status } of lupa.stream(job)) {
      seen.push(status)
      if (status === 'running') held.release()
    }
    expect(seen.at(-1)).toBe('succeeded')
    expect(seen).toContain('running')
    const told: Job[] = []
    for await (const one of lupa.stream(job.id)) told.push(one)
    expect(told.map(({ status }) => status)).toEqual(['succeeded'])
  })

  test('a folder is a batch; one image that fails does not end it', async () => {
    const outcomes = []
    for await (const outcome of lupa.batch(folder, { concurrency: 2 })) outcomes.push(outcome)
    expect(outcomes.map(({ source }) => source).toSorted()).toEqual(
      ['a.PNG', 'b.png', 'deeper/c.png'].map((name) => join(folder, name)),
    )
    const sources = [
      { image: newImage(), mine: 1 },
      { image: Buffer.from('no image'), mine: 2 },
    ]
    const mixed = new Map<number, string | undefined>()
    for await (const { source, error } of lupa.batch(sources)) mixed.set(source.mine, error?.message)
    expect([mixed.get(1), mixed.get(2)]).toEqual([undefined, expect.stringContaining('415')])
  })

  test('what would befall every image ends a batch', async () => {
    const read = async (batch: AsyncIterable<unknown>) => {
      for await (const _ of batch);
    }
    await expect(read(lupa.batch([newImage()], { model: 'nope' }))).rejects.toMatchObject({
      code: 'model_not_found',
    })
    const stranger = new Lupa({ url: lupa.url, apiKey: 'lupa_x' })
    await expect(read(stranger.batch([newImage()]))).rejects.toMatchObject({ status: 401 })
    await expect(read(lupa.batch('no-such-folder'))).rejects.toThrow('no-such-folder')
  })

  test('an abort ends the wait at once, with its own reason', async () => {
    const held = gateway.worker.hold()
    onTestFinished(() => held.release())
    const abort = new AbortController()
    const ended = lupa.predict(newImage(), { signal: abort.signal }).catch((reason: unknown) => reason)
    await expect.poll(async () => (await lupa.list({ status: 'running' }).next()).done).toBe(false)
    abort.abort('enough')
    expect(await ended).toBe('enough')
  })
})

describe('against a gateway in trouble', () => {
  test('an answer that says when to come back is heeded, with the same key', async () => {
    const asked: { key: unknown; atMs: number }[] = []
    await using server = await startServer((request, response) => {
      asked.push({ key: request.headers['idempotency-key'], atMs: performance.now() })
      if (asked.length > 2) return void response.end(JSON.stringify(JOB))
      response.writeHead(asked.length === 1 ? 429 : 503, { 'retry-after': '0.3' })
      response.end(JSON.stringify({ title: 'Not now', code: 'queue_full' }))
    })
    expect(await new Lupa({ url: server.url }).predict(newImage())).toMatchObject({ id: JOB.id })
    expect(asked).toHaveLength(3)
    expect(asked[0]?.key).toMatch(/^lupa-js-[0-9a-f]{32}$/)
    expect(new Set(asked.map(({ key }) => key)).size).toBe(1)
    const [first = 0, second = 0, third = 0] = asked.map(({ atMs }) => atMs)
    expect(Math.min(second - first, third - second)).toBeGreaterThanOrEqual(295)
  })

  test('a broken connection is tried again; what may have been done already is not', async () => {
    let asked = 0
    await using server = await startServer((request, response) => {
      asked += 1
      if (asked === 1) return void request.socket.destroy()
      response.end(JSON.stringify(JOB))
    })
    const lupa = new Lupa({ url: server.url })
    expect(await lupa.get('x')).toMatchObject({ id: JOB.id })
    asked = 0
    const post = lupa.request('POST', '/v1/keys', { json: {}, read: () => 'made' })
    await expect(post).rejects.toBeInstanceOf(UnreachableError)
    expect(asked).toBe(1)
  })

  test('what will not pass is not tried again, and carries its problem', async () => {
    let asked = 0
    const problem = {
      title: 'No',
      detail: 'It is wrong.',
      status: 400,
      code: 'invalid_parameter',
      request_id: 'r',
    }
    await using server = await startServer((_, response) => {
      asked += 1
      response.writeHead(400, { 'content-type': 'application/problem+json' }).end(JSON.stringify(problem))
    })
    const refused = await new Lupa({ url: server.url }).submit(newImage()).catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(ProblemError)
    expect(refused).toMatchObject({ status: 400, code: 'invalid_parameter', problem })
    expect((refused as Error).message).toContain('No: It is wrong.')
    expect(asked).toBe(1)
  })

  test('no gateway at all is said so', async () => {
    const gone = await startServer(() => {})
    await gone[Symbol.asyncDispose]()
    const lupa = new Lupa({ url: gone.url, retries: { attempts: 2 } })
    await expect(lupa.queue()).rejects.toMatchObject({ name: 'UnreachableError', reason: 'ECONNREFUSED' })
    expect(() => new Lupa({ url: 'localhost:5000' })).toThrow(/no http:\/\/ or https:\/\//)
  })

  test('a stream that breaks is taken up where it broke', async () => {
    const seen: unknown[] = []
    await using server = await startServer((request, response) => {
      seen.push(request.headers['last-event-id'])
      const send = (status: string) =>
        response.write(
          `event: job\nid: ${status}\ndata: ${JSON.stringify({ ...JOB, status, done: status === 'succeeded' })}\n\n`,
        )
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      if (seen.length === 1) {
        send('queued')
        setTimeout(() => request.socket.destroy(), 50)
      } else send('succeeded')
    })
    const statuses: string[] = []
    for await (const { status } of new Lupa({ url: server.url }).stream('x')) statuses.push(status)
    expect(statuses).toEqual(['queued', 'succeeded'])
    expect(seen).toEqual([undefined, 'queued'])
  })

  test('where no stream comes through, a job is polled', async () => {
    let asked = 0
    await using server = await startServer((_, response) => {
      asked += 1
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify(asked < 4 ? { ...JOB, status: 'queued', done: false } : JOB))
    })
    const statuses: string[] = []
    for await (const { status } of new Lupa({ url: server.url }).stream('x')) statuses.push(status)
    expect(statuses).toEqual(['queued', 'succeeded'])
  })

  test('a gateway that lets nobody wait so long is asked for less', async () => {
    const asked: string[] = []
    await using server = await startServer((request, response) => {
      const wait = Number(new URL(request.url ?? '', 'http://x').searchParams.get('wait'))
      asked.push(`${wait}`)
      if (wait <= 5) return void response.end(JSON.stringify(JOB))
      response.writeHead(400).end(JSON.stringify({ code: 'invalid_parameter' }))
    })
    const job = { ...JOB, done: false } as unknown as Job
    expect(await new Lupa({ url: server.url }).wait(job)).toMatchObject({ done: true })
    expect(asked).toEqual(['20', '10', '5'])
  })
})

const JOB = { id: 'x', object: 'job', status: 'succeeded', done: true }

async function startServer(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const server = createServer((request, response) => {
    request.on('end', () => answer(request, response)).resume()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
