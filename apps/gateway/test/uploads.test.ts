import { createHash } from 'node:crypto'
import { openImageStore } from '@lupa/core/images/open-image-store'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { startAzurite, type TestAzurite } from '../../../packages/core/test/services/azurite-server.ts'
import { startRedisServer, type TestRedis } from '../../../packages/core/test/services/redis-server.ts'
import { readGatewayConfig } from '../src/config.ts'
import { bearer, makeClientKey } from './client-keys.ts'
import { type GatewayUnderTest, startGateway } from './gateway-under-test.ts'
import { newImage } from './requests.ts'

const SETTINGS = {
  API_USERNAME: 'ana',
  API_PASSWORD: 'secret',
  RATE_LIMIT_PER_MINUTE: '0',
  MAX_IMAGE_BYTES: '100000',
}

let redis: TestRedis
let azurite: TestAzurite
beforeAll(async () => {
  ;[redis, azurite] = await Promise.all([startRedisServer(), startAzurite()])
}, 90_000)
afterAll(async () => {
  await redis[Symbol.asyncDispose]()
  await azurite[Symbol.asyncDispose]()
})

function pathOf(url: string): string {
  const { pathname, search } = new URL(url)
  return pathname + search
}

const aRefusalThatNames = (jobId: string) =>
  expect.objectContaining({
    code: 'upload_used',
    detail: expect.stringMatching(new RegExp(`already: ${jobId}\\b.*open a new upload`)),
  })

interface Opened {
  upload_id: string
  url: string
  headers: Record<string, string>
  expires_at: string
  usable_until: string
}

// The same code is to work on a laptop and on Azure.
describe.each(['in a folder', 'in Blob Storage', 'in Blob Storage that clients cannot reach'])(
  'with images %s',
  (where) => {
    const isDirect = where === 'in Blob Storage'
    let gateway: GatewayUnderTest
    let mine: string
    let another: string
    beforeAll(async () => {
      const env = {
        ...SETTINGS,
        ...(where !== 'in a folder' && { AZURE_STORAGE_CONNECTION_STRING: azurite.connectionString }),
        ...(!isDirect && { SIGNED_URLS: 'gateway' }),
      }
      const { imageStore } = readGatewayConfig({ REDIS_URL: redis.url, ...env })
      const inBlobs = imageStore.provider === 'folder' ? {} : { imageStore: await openImageStore(imageStore) }
      gateway = await startGateway(redis.url, { env, ...inBlobs })
      mine = (await makeClientKey(gateway, { client: 'line-3' })).key
      another = (await makeClientKey(gateway, { client: 'line-4' })).key
    }, 60_000)
    afterAll(() => gateway[Symbol.asyncDispose]())

    const post = (url: string, payload?: object, headers: Record<string, string> = {}, key = mine) =>
      gateway.app.inject({
        method: 'POST',
        url,
        headers: { ...bearer(key), ...headers },
        ...(payload && { payload }),
      })

    async function open(announced: object = {}): Promise<Opened> {
      const answer = await post('/v1/uploads', announced)
      expect([answer.statusCode, answer.body]).toEqual([201, expect.anything()])
      return answer.json()
    }

    /** As a client does that knows nothing but the answer. */
    async function put({ url, headers }: Opened, body: Buffer): Promise<number> {
      const isOurs = new URL(url).pathname.startsWith('/v1/')
      expect(isOurs).toBe(!isDirect)
      if (!isOurs) return (await fetch(url, { method: 'PUT', headers, body: Uint8Array.from(body) })).status
      return (await gateway.app.inject({ method: 'PUT', url: pathOf(url), headers, payload: body }))
        .statusCode
    }

    async function uploaded(image: Buffer, announced: object = {}): Promise<string> {
      const opened = await open(announced)
      expect(await put(opened, image)).toBe(201)
      return opened.upload_id
    }

    const submit = (uploadId: string, more: object = {}, headers: Record<string, string> = {}, key = mine) =>
      post('/v1/jobs', { upload_id: uploadId, ...more }, headers, key)

    const imagesStored = async () => {
      const later = { storedBefore: new Date(Date.now() + 60_000), limit: 1000 }
      return (await gateway.deps.imageStore.list(later)).keys.length
    }

    test('an image that was put there becomes a job, with the name and bytes it has', async () => {
      const image = newImage()
      const sha256 = createHash('sha256').update(image).digest('hex')
      const announced = {
        name: 'C:\\garrafas\\garrafa.png',
        bytes: image.byteLength,
        content_type: 'image/png',
        sha256: sha256.toUpperCase(),
      }
      const before = await imagesStored()
      const uploadId = await uploaded(image, announced)
      const answer = await submit(uploadId, { tags: ['direct'] }, { prefer: 'wait=10' })
      expect(answer.statusCode).toBe(200)
      expect(answer.json()).toMatchObject({
        status: 'succeeded',
        image_name: 'garrafa.png',
        image: { sha256, bytes: image.byteLength, width: 640, height: 480, format: 'png' },
        tags: ['direct'],
      })
      const stored = await gateway.deps.imageStore.get(answer.json().id)
      expect(Buffer.from(stored ?? []).equals(image)).toBe(true)
      // The job's own, and no second one that erasing the job would leave behind.
      expect(await imagesStored()).toBe(before + 1)
    })

    test('one job is made of it, however often and at once that is asked', async () => {
      const uploadId = await uploaded(newImage())
      const first = await submit(uploadId)
      expect(first.statusCode).toBe(202)
      const again = await Promise.all([submit(uploadId), submit(uploadId)])
      for (const answer of again) {
        expect(answer.json().id).toBe(first.json().id)
        expect(answer.headers['idempotency-replayed']).toBe('true')
      }
      const otherwise = await submit(uploadId, { conf: 0.9 })
      expect([otherwise.statusCode, otherwise.json()]).toEqual([409, aRefusalThatNames(first.json().id)])
    })

    test('with an Idempotency-Key too: the same key is answered, another is told of the job', async () => {
      const uploadId = await uploaded(newImage())
      const first = await submit(uploadId, {}, { 'idempotency-key': `one-${where}` })
      expect(first.statusCode).toBe(202)
      const again = await submit(uploadId, {}, { 'idempotency-key': `one-${where}` })
      expect(again.json().id).toBe(first.json().id)
      const other = await submit(uploadId, {}, { 'idempotency-key': `other-${where}` })
      expect([other.statusCode, other.json()]).toEqual([409, aRefusalThatNames(first.json().id)])
      // The key of the refused request is as if never used.
      const next = { upload_id: await uploaded(newImage()) }
      expect((await post('/v1/jobs', next, { 'idempotency-key': `other-${where}` })).statusCode).toBe(202)
    })

    test('one whose job was erased is told so, and not that nothing is there', async () => {
      const uploadId = await uploaded(newImage())
      const { id } = (await submit(uploadId, {}, { prefer: 'wait=10' })).json()
      const url = `/v1/jobs/${id}`
      await gateway.app.inject({ method: 'DELETE', url, headers: bearer(mine) })
      const again = await submit(uploadId)
      expect([again.statusCode, again.json()]).toEqual([409, aRefusalThatNames(id)])
    })

    test('another client is told what is told of one that never was, byte for byte', async () => {
      const uploadId = await uploaded(newImage())
      const headers = { 'x-request-id': 'the-same' }
      const answers = [
        await submit(uploadId, {}, headers, another),
        await submit(`${uploadId.slice(0, -2)}xx`, {}, headers),
        await submit('no-such-upload', {}, headers),
      ].map(({ statusCode, body }) => ({ statusCode, body }))
      expect(answers[0]).toMatchObject({ statusCode: 404, body: expect.stringContaining('upload_not_found') })
      expect(answers[1]).toEqual(answers[0])
      expect(answers[2]).toEqual(answers[0])
      expect((await submit(uploadId)).statusCode).toBe(202)
    })

    test.each([
      ['nothing was put there', {}, null, 409, 'upload_incomplete'],
      ['it is cut short', { bytes: 5000 }, newImage(), 409, 'upload_incomplete'],
      ['it is another image', { sha256: 'a'.repeat(64) }, newImage(), 409, 'upload_incomplete'],
      ['it is empty', {}, Buffer.alloc(0), 400, 'image_missing'],
      ['it is no image', {}, Buffer.from('<svg/>'), 415, 'unsupported_image_type'],
    ])('when %s, no job is made and it can be put again', async (_, announced, image, status, code) => {
      const opened = await open(announced)
      if (image) expect(await put(opened, image)).toBe(201)
      const answer = await submit(opened.upload_id)
      expect([answer.statusCode, answer.json().code]).toEqual([status, code])
      if (Object.keys(announced).length > 0) return
      expect(await put(opened, newImage())).toBe(201)
      expect((await submit(opened.upload_id)).statusCode).toBe(202)
    })

    test('what is too large is refused when it is announced, and when it lies', async () => {
      const announced = await post('/v1/uploads', { bytes: 100_001 })
      expect([announced.statusCode, announced.json().code]).toEqual([413, 'image_too_large'])
      const opened = await open()
      expect(await put(opened, Buffer.alloc(100_001, 1))).toBe(isDirect ? 201 : 413)
      const answer = await submit(opened.upload_id)
      const expected = isDirect ? [413, 'image_too_large'] : [409, 'upload_incomplete']
      expect([answer.statusCode, answer.json().code]).toEqual(expected)
    })

    test('its URL ends, the upload later, and both when they say', async () => {
      const opened = await open()
      const [urlEnds, uploadEnds] = [Date.parse(opened.expires_at), Date.parse(opened.usable_until)]
      expect(urlEnds - Date.now()).toBeGreaterThan(890_000)
      expect(urlEnds - Date.now()).toBeLessThan(901_000)
      await put(opened, newImage())
      vi.useFakeTimers({ toFake: ['Date'], now: urlEnds + 1000 })
      try {
        if (!isDirect) expect(await put(opened, newImage())).toBe(403)
        vi.setSystemTime(uploadEnds + 1000)
        expect((await submit(opened.upload_id)).json().code).toBe('upload_not_found')
        vi.setSystemTime(uploadEnds - 1000)
        expect((await submit(opened.upload_id)).statusCode).toBe(202)
      } finally {
        vi.useRealTimers()
      }
    })

    test('a batch is made of many; what is wrong with one refuses that one', async () => {
      const [one, two, missing] = [
        await uploaded(newImage(), { name: '1.png' }),
        await uploaded(newImage(), { name: '2.png' }),
        (await open({ name: 'missing.png' })).upload_id,
      ]
      const uploadIds = { upload_ids: [one, missing, two, 'no-such-upload'] }
      const headers = { 'idempotency-key': `batch-${where}` }
      const answer = await post('/v1/batches', uploadIds, headers)
      expect(answer.statusCode).toBe(202)
      expect(answer.json()).toMatchObject({
        total: 2,
        refused: [
          { image_name: 'missing.png', code: 'upload_incomplete' },
          { image_name: null, code: 'upload_not_found' },
        ],
      })
      expect((await post('/v1/batches', uploadIds, headers)).json().id).toBe(answer.json().id)
      // Their bytes are those of jobs now.
      const again = await post('/v1/batches', { upload_ids: [one, two] })
      expect([again.statusCode, again.json().code]).toEqual([400, 'image_missing'])
    })

    test('the original route takes it as well', async () => {
      const answer = await post('/predict', { upload_id: await uploaded(newImage()) })
      expect([answer.statusCode, answer.json().status]).toEqual([200, 'succeeded'])
    })
  },
)

describe('an upload', () => {
  let gateway: GatewayUnderTest
  beforeAll(async () => {
    const bytes = Math.floor(2.9 * newImage().byteLength)
    const env = { ...SETTINGS, RATE_LIMIT_PER_MINUTE: '5', RATE_LIMIT_BYTES_PER_DAY: String(bytes) }
    gateway = await startGateway(redis.url, { env })
  })
  afterAll(() => gateway[Symbol.asyncDispose]())

  const keyOf = async (client: string) => bearer((await makeClientKey(gateway, { client })).key)
  const post = (url: string, payload: object, headers: Record<string, string>) =>
    gateway.app.inject({ method: 'POST', url, payload, headers })

  async function uploaded(headers: Record<string, string>): Promise<string> {
    const { url, upload_id } = (await post('/v1/uploads', {}, headers)).json()
    await gateway.app.inject({
      method: 'PUT',
      url: pathOf(url),
      payload: newImage(),
    })
    return upload_id
  }

  test('may be asked for as often as images may be submitted', async () => {
    const headers = await keyOf('often')
    for (let asked = 0; asked < 5; asked++)
      expect((await post('/v1/uploads', {}, headers)).statusCode).toBe(201)
    const refused = await post('/v1/uploads', {}, headers)
    expect([refused.statusCode, refused.json().code]).toEqual([429, 'rate_limited'])
    expect(refused.json().detail).toContain('5 uploads in a minute')
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0)
  })

  test('counts with its bytes when a job is made of it, and not when the job is asked for again', async () => {
    const headers = await keyOf('bytes')
    const submitted = async (upload: string) =>
      (await post('/v1/jobs', { upload_id: upload }, headers)).statusCode
    const [first, second, third] = [await uploaded(headers), await uploaded(headers), await uploaded(headers)]
    expect(await submitted(first)).toBe(202)
    expect(await submitted(first)).not.toBe(429)
    expect(await submitted(second)).toBe(202)
    expect(await submitted(third)).toBe(429)
  })

  test.each([
    [{ content_type: 'application/pdf' }, 415, 'application/pdf'],
    [{ content_type: 'image/svg+xml' }, 415, 'image/svg+xml'],
    [{ bytes: 0 }, 400, 'bytes=0'],
    [{ sha256: 'abc' }, 400, 'sha256="abc"'],
    [{ size: 1 }, 400, 'no parameter "size"; the known ones are name, bytes, content_type, sha256.'],
  ])('that is announced as %o is refused with what is wrong', async (announced, status, said) => {
    const answer = await post(
      '/v1/uploads',
      announced,
      await keyOf(`wrong-${JSON.stringify(announced).length}`),
    )
    expect(answer.statusCode).toBe(status)
    expect(answer.json().detail).toContain(said)
  })

  test('is not opened by its id alone, nor by the link of another', async () => {
    const headers = await keyOf('links')
    const one = (await post('/v1/uploads', {}, headers)).json()
    const other = (await post('/v1/uploads', {}, headers)).json()
    const path = new URL(one.url).pathname
    const link = new URL(other.url).search
    for (const url of [path, `${path}?link=abc`, path + link]) {
      const answer = await gateway.app.inject({ method: 'PUT', url, payload: newImage(), headers })
      expect(answer.statusCode).toBe(url === path ? 400 : 403)
    }
  })
})

test('what stands beside upload_id is refused', async () => {
  await using gateway = await startGateway(redis.url, { env: SETTINGS })
  const headers = bearer((await makeClientKey(gateway, { client: 'both' })).key)
  const both = { upload_id: 'a', image_url: 'https://example.com/a.jpg' }
  const answer = await gateway.app.inject({ method: 'POST', url: '/v1/jobs', payload: both, headers })
  expect([answer.statusCode, answer.json().code]).toEqual([400, 'body_malformed'])
})
