import fc from 'fast-check'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startRedisServer, type TestRedis } from '../../../packages/core/test/services/redis-server.ts'
import { type GatewayUnderTest, startGateway } from './gateway-under-test.ts'
import { form, imageForm, newImage } from './requests.ts'

let redis: TestRedis
let gateway: GatewayUnderTest

const MAX_BYTES = 100_000

beforeAll(async () => {
  redis = await startRedisServer()
  const env = { MAX_IMAGE_BYTES: String(MAX_BYTES), MAX_IMAGE_PIXELS: '1000000' }
  gateway = await startGateway(redis.url, { env })
})
afterAll(async () => {
  await gateway[Symbol.asyncDispose]()
  await redis[Symbol.asyncDispose]()
})

const post = (request: object, url = '/v1/jobs') => gateway.app.inject({ method: 'POST', url, ...request })

/** The problem that a request meets, after a look at what is the same in all of them. */
async function problemOf(request: object, url?: string) {
  const answer = await post(request, url)
  const problem = answer.json()
  expect(answer.headers['content-type']).toBe('application/problem+json')
  expect(problem).toMatchObject({
    type: `urn:lupa:problem:${problem.code}`,
    title: expect.any(String),
    status: answer.statusCode,
    request_id: answer.headers['x-request-id'],
  })
  return problem
}

const json = (body: unknown) => ({
  headers: { 'content-type': 'application/json' },
  payload: JSON.stringify(body),
})
const raw = (payload: Buffer, type = 'image/jpeg') => ({ headers: { 'content-type': type }, payload })

describe('a body without an image', () => {
  test.each([
    ['no body at all', {}],
    ['an empty raw body', raw(Buffer.alloc(0))],
    ['an empty file', imageForm(Buffer.alloc(0))],
    ['a form without a file', form({ name: 'conf', value: '0.5' })],
    ['an empty form', form()],
    ['JSON without image_base64', json({ conf: 0.5 })],
    ['an empty image_base64', json({ image_base64: '' })],
  ])('%s is a 400 that says how to send one', async (_what, request) => {
    expect(await problemOf(request)).toMatchObject({
      status: 400,
      code: 'image_missing',
      title: 'No image provided',
      detail: expect.stringMatching(/image/),
    })
  })

  test('text in the field of the image says what was forgotten', async () => {
    const { detail } = await problemOf(form({ name: 'image', value: 'photo.jpg' }))
    expect(detail).toContain('-F image=@photo.jpg')
  })

  test('a file in another field says which fields are read', async () => {
    const { detail } = await problemOf(form({ name: 'photo', fileName: 'a.png', bytes: newImage() }))
    expect(detail).toContain('"photo"')
    expect(detail).toContain('`image` or `file`')
  })
})

describe('a malformed body', () => {
  const { headers, payload } = imageForm()
  test.each([
    ['no boundary', { headers: { 'content-type': 'multipart/form-data' }, payload }],
    ['another boundary', { headers: { 'content-type': 'multipart/form-data; boundary=other' }, payload }],
    ['an end that never comes', { headers, payload: payload.subarray(0, 200) }],
    ['a cut in its headers', { headers, payload: payload.subarray(0, 60) }],
    ['no parts, only noise', { headers, payload: Buffer.from('noise') }],
    [
      'a field name of the prototype',
      form({ name: '__proto__', value: 'x' }, { name: 'image', fileName: 'a', bytes: newImage() }),
    ],
    ['JSON cut short', { headers: { 'content-type': 'application/json' }, payload: '{"image_base64": "' }],
    ['JSON that is empty', { headers: { 'content-type': 'application/json' }, payload: '' }],
    ['JSON that is no object', json(['x'])],
    [
      'JSON with a prototype',
      { headers: { 'content-type': 'application/json' }, payload: '{"__proto__": {"x": 1}}' },
    ],
    ['base64 that is a number', json({ image_base64: 7 })],
    ['base64 with line breaks', json({ image_base64: 'AAAA\nAAAA' })],
    ['base64 of a wrong length', json({ image_base64: 'AAAAA' })],
    ['base64 with other letters', json({ image_base64: 'AA%A' })],
  ])('with %s is a 400, never a 500', async (_what, request) => {
    expect((await problemOf(request)).status).toBe(400)
  })

  test('with thousands of parts, forms in forms or headers without end is a 400, 413 or 415', async () => {
    const image = { name: 'image', fileName: 'a.png', type: 'image/png', bytes: newImage() }
    const part = (lines: string, body = 'x') => Buffer.from(`--b\r\n${lines}\r\n\r\n${body}\r\n`)
    const disposition = 'Content-Disposition: form-data; name="image"; filename="a.png"'
    const inner = form(image)
    const whole = (...parts: Buffer[]) => ({
      headers: { 'content-type': 'multipart/form-data; boundary=b' },
      payload: Buffer.concat([...parts, Buffer.from('--b--\r\n')]),
    })
    const requests = {
      parts: form(...Array.from({ length: 5000 }, (_, at) => ({ name: `f${at}`, value: '' })), image),
      files: form(...Array.from({ length: 500 }, () => image)),
      nested: whole(
        part(
          `${disposition}\r\nContent-Type: ${inner.headers['content-type']}`,
          inner.payload.toString('latin1'),
        ),
      ),
      headers: whole(part(`${disposition}\r\n${'X-A: b\r\n'.repeat(5000)}X-A: b`)),
      'one header': whole(part(`${disposition}\r\nX-A: ${'b'.repeat(200_000)}`)),
      'a name': whole(
        part(`Content-Disposition: form-data; name="${'n'.repeat(100_000)}"; filename="a.png"`),
      ),
      'no name': whole(part('Content-Disposition: form-data')),
      'no headers': whole(Buffer.from('--b\r\n\r\nx\r\n')),
      'a boundary of 5000 signs': {
        ...inner,
        headers: { 'content-type': `multipart/form-data; boundary=${'b'.repeat(5000)}` },
      },
    }
    for (const [what, request] of Object.entries(requests)) {
      const answer = await post(request)
      expect([what, answer.statusCode]).toEqual([what, expect.toBeOneOf([400, 413, 415])])
    }
  })

  test('with two files is a 400 that asks for one', async () => {
    const file = { name: 'image', fileName: 'a.png', bytes: newImage() }
    expect(await problemOf(form(file, { ...file, name: 'file' }))).toMatchObject({
      status: 400,
      detail: expect.stringContaining('one image per request'),
    })
  })

  test('with more fields than anybody needs is a 400', async () => {
    const fields = Array.from({ length: 40 }, (_, number) => ({ name: `f${number}`, value: 'x' }))
    expect((await problemOf(form(...fields))).status).toBe(400)
  })

  test('with a field that is too long is a 400 that names it', async () => {
    const { status, detail } = await problemOf(
      imageForm(newImage(), { name: 'tags', value: 'x'.repeat(10_000) }),
    )
    expect(status).toBe(400)
    expect(detail).toContain('"tags"')
  })
})

test('a form with any bytes changed, cut or doubled is taken or refused, and never a 500', async () => {
  const { headers, payload } = imageForm(newImage(), { name: 'conf', value: '0.5' })
  const at = fc.nat({ max: payload.length - 1 })
  const change = fc.oneof(
    fc.record({ kind: fc.constant('set' as const), at, value: fc.nat({ max: 255 }) }),
    fc.record({ kind: fc.constant('cut' as const), at, value: fc.nat({ max: 300 }) }),
    fc.record({ kind: fc.constant('double' as const), at, value: fc.nat({ max: 300 }) }),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 5 }), async (changes) => {
      let bytes = Buffer.from(payload)
      for (const { kind, at: start, value } of changes) {
        if (kind === 'set') bytes[start % bytes.length] = value
        if (kind === 'cut') bytes = Buffer.concat([bytes.subarray(0, start), bytes.subarray(start + value)])
        if (kind === 'double')
          bytes = Buffer.concat([bytes.subarray(0, start + value), bytes.subarray(start)])
      }
      expect((await post({ headers, payload: bytes })).statusCode).toBeOneOf([200, 202, 400, 413, 415, 422])
    }),
    { numRuns: 300 },
  )
}, 60_000)

describe('a content type that is not taken', () => {
  test.each([
    'text/plain',
    'application/xml',
    'application/x-www-form-urlencoded',
    'image/jpeg\tx',
    'nonsense',
  ])('%j is a 415', async (type) => {
    expect((await problemOf({ headers: { 'content-type': type }, payload: 'x' })).status).toBe(415)
  })

  test('says what is', async () => {
    const { detail, code } = await problemOf({ headers: { 'content-type': 'text/csv' }, payload: 'x' })
    expect(code).toBe('unsupported_media_type')
    expect(detail).toMatch(/text\/csv.*multipart\/form-data.*JPEG, PNG, WebP, AVIF, TIFF or GIF/)
  })
})

describe('a file that is none of the image types', () => {
  const heic = Buffer.concat([Buffer.from('\0\0\0\x18ftypheic\0\0\0\0mif1heic', 'latin1'), Buffer.alloc(64)])
  test.each([
    ['text', Buffer.from('olá, mundo\n'), /This is text, not JPEG.*@/],
    ['a HEIC image', heic, /This is a HEIC image.*heif-convert/],
    ['a BMP image', Buffer.from('BM\x36\0\x10\0\0\0\0\0\x36\0\0\0', 'latin1'), /This is a BMP image.*magick/],
    ['a PDF', Buffer.from('%PDF-1.7\n'), /This is a PDF document.*pdftoppm/],
    [
      'an SVG',
      Buffer.from('<?xml version="1.0"?>\n<svg xmlns="x"/>'),
      /This is an SVG drawing.*rsvg-convert/,
    ],
    ['a ZIP', Buffer.from('PK\x03\x04rest', 'latin1'), /This is a ZIP archive/],
    ['a web page', Buffer.from('<!DOCTYPE html><title>404</title>'), /This is a web page/],
    ['noise', Buffer.from([1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 255]), /This is a file of unknown type/],
  ])('%s is a 415 that says what it is and what to do', async (_what, bytes, detail) => {
    const named = form({ name: 'image', fileName: 'a.jpg', type: 'image/jpeg', bytes })
    for (const request of [named, raw(bytes), json({ image_base64: bytes.toString('base64') })]) {
      expect(await problemOf(request)).toMatchObject({
        status: 415,
        code: 'unsupported_image_type',
        title: 'Invalid file type',
        detail: expect.stringMatching(detail),
      })
    }
  })

  test('an image whose header is cut short is a 422', async () => {
    const bytes = newImage().subarray(0, 18)
    expect(await problemOf(imageForm(bytes))).toMatchObject({ status: 422, code: 'image_unreadable' })
  })
})

describe('an image that is too large', () => {
  const big = Buffer.concat([newImage(), Buffer.alloc(MAX_BYTES)])
  const justRight = Buffer.concat([newImage(), Buffer.alloc(MAX_BYTES)]).subarray(0, MAX_BYTES)
  const oneMore = big.subarray(0, MAX_BYTES + 1)

  test('in bytes is a 413 by every way in, by one byte or many, and nothing of it is stored', async () => {
    const newest = async () => (await gateway.deps.jobStore.list({ client: 'local', limit: 1 }))[0]?.id
    const before = await newest()
    for (const bytes of [oneMore, big]) {
      for (const request of [
        imageForm(bytes),
        raw(bytes),
        json({ image_base64: bytes.toString('base64') }),
      ]) {
        expect(await problemOf(request)).toMatchObject({
          status: 413,
          code: 'image_too_large',
          detail: expect.stringContaining('100000 bytes'),
        })
      }
    }
    expect(await newest()).toBe(before)
  })

  test('is taken when it is as large as it may be', async () => {
    for (const request of [
      imageForm(justRight),
      raw(justRight),
      json({ image_base64: justRight.toString('base64') }),
    ]) {
      expect((await post(request)).statusCode).toBeLessThan(203)
    }
  })

  test('in pixels is a 413 from its header alone', async () => {
    const bytes = await sharp({ create: { width: 1001, height: 1000, channels: 3, background: 'red' } })
      .png()
      .toBuffer()
    expect(await problemOf(imageForm(bytes))).toMatchObject({
      status: 413,
      code: 'image_too_many_pixels',
      detail: expect.stringContaining('1001 × 1000'),
    })
  })
})

describe('a parameter that is wrong', () => {
  test.each([
    ['conf=2', 'conf="2" is not valid: it must be at most 1.'],
    ['conf=0', 'conf="0" is not valid: it must be at least 0.01.'],
    ['conf=high', 'conf="high" is not valid: it must be a number.'],
    ['conf=0x1', 'conf="0x1" is not valid: it must be a number.'],
    ['conf=0.1&conf=0.2', 'conf=["0.1","0.2"] is not valid: it must be a number.'],
    ['iou=-1', 'iou="-1" is not valid: it must be at least 0.'],
    ['max_det=1.5', 'max_det="1.5" is not valid: it must be a whole number.'],
    ['max_det=3001', 'max_det="3001" is not valid: it must be at most 3000.'],
    [
      'classes=unicorn',
      'the model has no class "unicorn". It has 0 person, 1 bicycle, 2 car, 3 traffic light',
    ],
    ['classes=30', 'the model has no class "30"'],
    ['tags=1,2,3,4,5,6,7,8,9,10,11', 'it must be at most 10 entries'],
    [`tags=${'x'.repeat(65)}`, 'it must be at most 64 characters'],
    [
      'webhook_events=job.started&webhook_url=http://127.0.0.1/',
      'it must be one of job.succeeded, job.failed',
    ],
    ['webhook_events=job.failed', 'webhook_url must say where to'],
    ['webhook_url=ftp://example.org/', 'its scheme is ftp:'],
    ['webhook_url=http://10.0.0.1/', 'not a public address'],
    [
      'konf=0.5',
      'There is no parameter "konf"; the known ones are conf, iou, max_det, classes, masks, model, webhook_url',
    ],
    ['__proto__=1', 'There is no parameter "__proto__"'],
  ])('?%s is a 400 that says what is allowed', async (query, detail) => {
    const problem = await problemOf(imageForm(), `/v1/jobs?${query}`)
    expect(problem.status).toBe(400)
    expect(problem.detail).toContain(detail)
  })

  test('lists twenty classes at most', async () => {
    const { detail } = await problemOf(imageForm(), '/v1/jobs?classes=unicorn')
    expect(detail).toContain('and 10 more')
  })

  test('is found in a form field and in JSON as well', async () => {
    const inForm = await problemOf(imageForm(newImage(), { name: 'conf', value: '2' }))
    const inJson = await problemOf(
      json({ image_base64: newImage().toString('base64'), conf: 2, max_det: '', size: 1 }),
    )
    expect(inForm.detail).toContain('conf="2"')
    expect(inJson.detail).toContain('conf=2 is not valid')
    expect(inJson.detail).toContain('There is no parameter "size"')
  })

  test('a model that is not there is a 404, one that cannot be served a 503 with the reason', async () => {
    expect(await problemOf(imageForm(), '/v1/jobs?model=unicorn')).toMatchObject({
      status: 404,
      code: 'model_not_found',
      detail: expect.stringContaining('bottle-status, coco'),
    })
    expect(await problemOf(imageForm(), '/v1/jobs?model=broken')).toMatchObject({
      status: 503,
      code: 'model_unavailable',
      detail: expect.stringContaining('write a manifest'),
    })
  })
})

describe('strings meant to hurt', () => {
  const naughty = [
    '',
    ' ',
    '\0',
    "' OR 1=1 --",
    '<script>alert(1)</script>',
    '${{7*7}}',
    '../../../../etc/passwd',
    'Ｆｕｌｌ ｗｉｄｔｈ',
    '\u202etxet',
    '𝕿𝖍𝖊 🐈‍⬛',
    '\ud800',
    'a\r\nSet-Cookie: x=1',
    'null',
    'NaN',
    '1e400',
    '-0',
    '[[[[',
    '%',
    'x'.repeat(5000),
  ]

  test.each(naughty)('%j is taken or refused everywhere, and never a 500', async (text) => {
    const query = new URLSearchParams({ tags: text.toWellFormed() }).toString()
    const answers = await Promise.all([
      post(imageForm(newImage(), { name: 'tags', value: text })),
      post(imageForm(newImage(), { name: 'classes', value: text })),
      post(imageForm(newImage(), { name: 'model', value: text })),
      post(imageForm(), `/v1/jobs?${query}`),
      post(json({ image_base64: newImage().toString('base64'), tags: [text], max_det: text })),
      post(form({ name: 'image', fileName: text.replace(/["\r\n]/g, ''), bytes: newImage() })),
      gateway.app.inject(`/v1/jobs/${encodeURIComponent(text.toWellFormed())}`),
      gateway.app.inject(`/v1/jobs?cursor=${encodeURIComponent(text.toWellFormed())}`),
      gateway.app.inject(`/v1/jobs?tag=${encodeURIComponent(text.toWellFormed())}`),
      gateway.app.inject(`/v1/models/${encodeURIComponent(text.toWellFormed())}`),
      gateway.app.inject({ url: '/v1/jobs', headers: { 'x-request-id': text.replace(/[^ -~]/g, '?') } }),
    ])
    for (const answer of answers) {
      expect(answer.statusCode).toSatisfy((status: number) => status < 500 || status === 503)
      if (answer.statusCode === 503) expect(answer.json().code).toBe('model_unavailable')
    }
  })

  test('a file name that is not UTF-8, or of 10,000 signs, is taken or refused', async () => {
    const named = (name: Buffer) => {
      const request = form({ name: 'image', fileName: '@@', type: 'image/png', bytes: newImage() })
      const at = request.payload.indexOf('@@')
      const payload = Buffer.concat([request.payload.subarray(0, at), name, request.payload.subarray(at + 2)])
      return post({ ...request, payload })
    }
    const broken = await named(Buffer.from([0xc3, 0x28, 0xff, 0xfe, 0x41]))
    expect(broken.statusCode).toBe(202)
    expect(broken.json().image_name.isWellFormed()).toBe(true)
    expect((await named(Buffer.alloc(10_000, 'a'))).json().image_name).toBe('a'.repeat(255))
    expect((await named(Buffer.from('..%2f../../etc/\x01pass\u202ewd'))).json().image_name).toBe('passwd')
  })

  test('a file name comes back as it was', async () => {
    const name = 'fotografía "uno" 🐈.png'.replaceAll('"', '%22')
    const answer = await post(form({ name: 'image', fileName: name, bytes: newImage() }))
    expect(answer.json().image_name).toBe(name)
    const image = await gateway.app.inject(`/v1/jobs/${answer.json().id}/image`)
    expect(image.headers['content-disposition']).toContain("filename*=UTF-8''fotograf%C3%ADa%20%2522uno")
  })
})

test('a truncated JPEG with a whole header passes the door', async () => {
  const jpeg = await sharp({ create: { width: 64, height: 48, channels: 3, background: 'blue' } })
    .jpeg()
    .toBuffer()
  const answer = await post(imageForm(jpeg.subarray(0, jpeg.length - 60)))
  expect(answer.statusCode).toBe(202)
  expect(answer.json().image).toMatchObject({ width: 64, height: 48, format: 'jpeg' })
})
