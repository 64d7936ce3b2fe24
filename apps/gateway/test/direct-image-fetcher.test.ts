import type { IncomingMessage, ServerResponse } from 'node:http'
import { pipeline, Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startRedisServer } from '../../../packages/core/test/services/redis-server.ts'
import { createDirectImageFetcher } from '../src/fetcher/direct-image-fetcher.ts'
import type { ImageFetcher } from '../src/fetcher/image-fetcher.ts'
import { startGateway } from './gateway-under-test.ts'
import { type ImageServer, startImageServer } from './image-server.ts'
import { form, newImage } from './requests.ts'

const MAX_BYTES = 50_000
const TIMEOUT_MS = 700
const LAPTOP = { allow: [], allowLoopback: true }

const ANSWERS: Record<string, (response: ServerResponse) => unknown> = {
  '/image.png': (response) => response.end(newImage()),
  '/one': (response) => redirect(response, '/two'),
  '/two': (response) => redirect(response, '/three'),
  '/three': (response) => redirect(response, '/image.png'),
  '/zero': (response) => redirect(response, '/one'),
  '/loop': (response) => redirect(response, '/loop'),
  '/inside': (response) => redirect(response, 'http://169.254.169.254/latest/meta-data/'),
  '/file': (response) => redirect(response, 'file:///etc/passwd'),
  '/missing': (response) => response.writeHead(404).end('no'),
  '/empty': (response) => response.end(),
  '/large': (response) => response.end(Buffer.alloc(MAX_BYTES + 1)),
  '/says-large': (response) => response.writeHead(200, { 'content-length': '900000000' }).write('a'),
  '/endless': (response) => pour(response),
  '/drip': (response) => drip(response),
  '/silent': () => {},
  '/cut': (response) =>
    response.writeHead(200, { 'content-length': '5000' }).write('a', () => response.destroy()),
  '/gzip': (response) =>
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(1_000_000))),
}

let server: ImageServer
let fetcher: ImageFetcher
beforeAll(async () => {
  server = await startImageServer(({ url = '' }, response) => ANSWERS[url.split('?', 1)[0] ?? '']?.(response))
  fetcher = createDirectImageFetcher({ outbound: LAPTOP, maxImageBytes: MAX_BYTES, timeoutMs: TIMEOUT_MS })
})
afterAll(async () => {
  await fetcher.close()
  await server[Symbol.asyncDispose]()
})

describe('an image at an address', () => {
  test('is fetched with its name, and nothing of ours is sent', async () => {
    const { image, imageName } = await fetcher.fetch(`${server.url}/image.png?sig=1`)
    expect(image.subarray(1, 4).toString()).toBe('PNG')
    expect(imageName).toBe('image.png')
    const { headers } = server.requests.at(-1) as IncomingMessage
    expect(Object.keys(headers).toSorted()).toEqual([
      'accept',
      'accept-encoding',
      'connection',
      'host',
      'user-agent',
    ])
    expect(headers['accept-encoding']).toBe('identity')
  })

  test('is followed over three redirects, and no further', async () => {
    expect((await fetcher.fetch(`${server.url}/one`)).imageName).toBe('image.png')
    await expect(fetcher.fetch(`${server.url}/zero`)).rejects.toMatchObject({ code: 'image_url_failed' })
  })

  test.each([
    ['/missing', 'image_url_failed', '404'],
    ['/loop', 'image_url_failed', 'redirects'],
    ['/inside', 'image_url_refused', '169.254.169.254'],
    ['/file', 'image_url_refused', 'file:'],
    ['/empty', 'image_url_failed', 'no bytes'],
    ['/large', 'image_too_large', '50000'],
    ['/says-large', 'image_too_large', '50000'],
    ['/endless', 'image_too_large', '50000'],
    ['/drip', 'image_url_failed', '0.7 s'],
    ['/silent', 'image_url_failed', '0.7 s'],
    ['/cut', 'image_url_failed', 'closed the connection'],
    ['/gzip', 'image_url_failed', 'compressed'],
  ])('%s is refused with %s', async (path, code, detail) => {
    const beganAt = performance.now()
    await expect(fetcher.fetch(server.url + path)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(detail),
    })
    expect(performance.now() - beganAt).toBeLessThan(TIMEOUT_MS + 1000)
  })

  test.each([
    'https://10.0.0.1/a.png',
    'http://pictures.example/a.png',
    'https://ana:secret@pictures.example/a.png',
    'file:///etc/passwd',
    'no address',
  ])('is not asked for at %s', async (url) => {
    await expect(fetcher.fetch(url)).rejects.toMatchObject({ code: 'image_url_refused' })
  })

  test('on this machine is for laptops only', async () => {
    const strict = createDirectImageFetcher({
      outbound: { allow: [], allowLoopback: false },
      maxImageBytes: MAX_BYTES,
    })
    const before = server.requests.length
    await expect(strict.fetch(`${server.url}/image.png`)).rejects.toMatchObject({ code: 'image_url_refused' })
    await strict.close()
    expect(server.requests).toHaveLength(before)
  })
})

test('a job is made of an image at an address, from JSON and from a form', async () => {
  await using redis = await startRedisServer()
  await using gateway = await startGateway(redis.url)
  const image_url = `${server.url}/image.png`
  const submit = (request: object) => gateway.app.inject({ method: 'POST', url: '/v1/jobs', ...request })
  const job = { image_name: 'image.png', params: { conf: 0.5 } }
  expect((await submit({ payload: { image_url, conf: 0.5 } })).json()).toMatchObject(job)
  const parts = form({ name: 'image_url', value: image_url }, { name: 'conf', value: '0.5' })
  expect((await submit(parts)).json()).toMatchObject(job)

  for (const [payload, status, code] of [
    [{ image_url: `${server.url}/missing` }, 422, 'image_url_failed'],
    [{ image_url: 'https://10.0.0.1/' }, 400, 'image_url_refused'],
    [{ image_url: 7 }, 400, 'body_malformed'],
    [{ image_url, image_base64: 'AAAA' }, 400, 'body_malformed'],
  ] as const) {
    expect((await submit({ payload })).json()).toMatchObject({ status, code })
  }
  expect(await gateway.deps.admission.taken('local')).toBeLessThanOrEqual(2)
})

function redirect(response: ServerResponse, location: string): void {
  response.writeHead(302, { location }).end()
}

function pour(response: ServerResponse): void {
  const endless = Readable.from(
    (function* () {
      for (;;) yield Buffer.alloc(10_000)
    })(),
  )
  pipeline(endless, response, () => {})
}

function drip(response: ServerResponse): void {
  const dripping = setInterval(() => response.write('a'), 50)
  response.on('close', () => clearInterval(dripping))
}
