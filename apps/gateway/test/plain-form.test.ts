import multipart from '@fastify/multipart'
import fc from 'fast-check'
import Fastify, { type FastifyInstance } from 'fastify'
import { afterAll, expect, test } from 'vitest'
import { readPlainForm } from '../src/plain-form.ts'
import { isPartAFile } from '../src/plugins/uploads.ts'

const LIMITS = { fileFields: ['image', 'file'], maxFileBytes: 300, maxFields: 3, maxFieldBytes: 40 }
const TYPE = 'multipart/form-data; boundary=b1'
const FILE = 'content-disposition: form-data; name="image"; filename="a.jpg"'
const read = (body: string | Buffer, type = TYPE) =>
  readPlainForm(Buffer.from(body as string, 'latin1'), type, LIMITS)

const form = (...parts: string[]) => `${parts.map((part) => `--b1\r\n${part}\r\n`).join('')}--b1--\r\n`
const file = (content: string, headers = FILE) => `${headers}\r\ncontent-type: image/jpeg\r\n\r\n${content}`
const field = (name: string, value: string) =>
  `content-disposition: form-data; name="${name}"\r\n\r\n${value}`

test('a file and fields are read, in any order', () => {
  const found = read(
    form(field('conf', '0.5'), file('\xff\xd8 \r\n--b \0'), field('tags', 'a'), field('tags', 'b')),
  )
  expect(found).toMatchObject({ fileName: 'a.jpg', fields: { conf: '0.5', tags: ['a', 'b'] } })
  expect(found?.file.toString('latin1')).toBe('\xff\xd8 \r\n--b \0')
})

test.each([
  ['as curl', TYPE, 'Content-Disposition: form-data; name="image"; filename="a b (1).jpg"'],
  ['with a quoted boundary', 'Multipart/Form-Data; boundary="b1"', FILE],
  ['with its length', TYPE, `${FILE}\r\ncontent-length: 1`],
])('a form %s is plain', (_how, type, headers) => {
  expect(read(form(file('x', headers)), type)?.file.toString()).toBe('x')
})

test.each([
  ['no boundary', 'multipart/form-data', form(file('x'))],
  ['another boundary', 'multipart/form-data; boundary=b2', form(file('x'))],
  ['a preamble', TYPE, `hello\r\n${form(file('x'))}`],
  ['an epilogue', TYPE, `${form(file('x'))}more`],
  ['no end', TYPE, form(file('x')).replace('--b1--', '--b1')],
  ['a body cut short', TYPE, form(file('x')).slice(0, -6)],
  ['no file', TYPE, form(field('conf', '1'))],
  ['two files', TYPE, form(file('x'), file('y'))],
  ['a file in another field', TYPE, form(file('x', FILE.replace('image', 'picture')))],
  ['a file that is too large', TYPE, form(file('x'.repeat(301)))],
  ['a file name of other letters', TYPE, form(file('x', FILE.replace('a.jpg', '\xc3\xa4.jpg')))],
  ['a file name with a path', TYPE, form(file('x', FILE.replace('a.jpg', '..\\a.jpg')))],
  ['a file name in the extended notation', TYPE, form(file('x', `${FILE}; filename*=utf-8''a`))],
  ['a file without a name', TYPE, form(file('x', 'content-disposition: form-data; name="image"'))],
  ['an encoded part', TYPE, form(file('eA==', `${FILE}\r\ncontent-transfer-encoding: base64`))],
  [
    'a field of JSON',
    TYPE,
    form(file('x'), `content-disposition: form-data; name="a"\r\ncontent-type: application/json\r\n\r\n1`),
  ],
  ['a field of other letters', TYPE, form(file('x'), field('tags', '\xc3\xa4'))],
  ['a field that is too long', TYPE, form(file('x'), field('tags', 'x'.repeat(41)))],
  ['too many fields', TYPE, form(file('x'), ...'abcd'.split('').map((name) => field(name, '1')))],
  ['a field that every object has', TYPE, form(file('x'), field('__proto__', '1'))],
  ['headers without an end', TYPE, `--b1\r\n${FILE}`],
  ['a boundary where headers end', TYPE, `--b1\r\n${FILE}\r\n\r\n--b1--\r\n`],
])('a form with %s is left to the parser of all forms', (_what, type, body) => {
  expect(read(body, type)).toBeUndefined()
})

const apps: FastifyInstance[] = []
afterAll(() => Promise.all(apps.map((app) => app.close())))

test('whatever is read here, the parser of all forms reads the same', async () => {
  const app = Fastify()
  apps.push(app)
  await app.register(multipart, { throwFileSizeLimit: false, isPartAFile })
  app.post('/', async (request) => {
    const found: unknown[] = []
    for await (const part of request.parts()) {
      if (part.type === 'file')
        found.push([part.fieldname, part.filename, (await part.toBuffer()).toString('hex')])
      else found.push([part.fieldname, part.value])
    }
    return found
  })
  const bits = [
    '\r\n',
    '--',
    '--b1',
    '\r\n--b1',
    '\r\n--b1--',
    FILE,
    'content-disposition: form-data; name="conf"',
    'content-type: image/jpeg',
    '\r\n\r\n',
    'x',
    '"',
    ';',
    '\0',
    '-',
  ]
  const bent = fc.array(fc.constantFrom(...bits), { maxLength: 24 }).map((found) => found.join(''))
  const nearly = fc
    .record({
      content: bent,
      before: fc.boolean(),
      value: fc.string({ maxLength: 12 }),
      tail: fc.constantFrom('', 'x', '\r\n'),
    })
    .map(({ content, before, value, tail }) => {
      const parts = [file(content), field('conf', value)]
      return form(...(before ? parts.toReversed() : parts)) + tail
    })
  let plain = 0
  await fc.assert(
    fc.asyncProperty(fc.oneof(nearly, nearly, bent), async (text) => {
      const body = Buffer.from(text, 'latin1')
      const found = readPlainForm(body, TYPE, { ...LIMITS, maxFileBytes: 10_000, maxFieldBytes: 1000 })
      if (!found) return
      plain++
      const answer = await app.inject({ method: 'POST', url: '/', headers: { 'content-type': TYPE }, body })
      const parts = answer.json<string[][]>()
      expect(parts.filter(({ length }) => length === 3)).toEqual([
        ['image', found.fileName, found.file.toString('hex')],
      ])
      expect(Object.fromEntries(parts.filter(({ length }) => length === 2))).toEqual({ ...found.fields })
    }),
    { numRuns: 400 },
  )
  expect(plain).toBeGreaterThan(20)
})
