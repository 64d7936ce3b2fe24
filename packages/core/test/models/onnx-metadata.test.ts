import { existsSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { NotOnnxError, readOnnxHeader, readOnnxMetadata } from '../../src/models/onnx-metadata.ts'
import { onnxFile } from './onnx-file.ts'

const SHARED_MODELS = resolve(import.meta.dirname, '../../../../../shared/models')

let directory: string
let path: string

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'lupa-test-onnx-'))
  path = join(directory, 'model.onnx')
})
afterAll(() => rmSync(directory, { recursive: true }))

describe.skipIf(!existsSync(SHARED_MODELS))('models that Ultralytics exported', () => {
  test.each([
    ['coco-detect', 'detect', '[640, 640]'],
    ['leaves-classify', 'classify', '[224, 224]'],
    ['shapes-pose', 'pose', '[320, 320]'],
  ])('%s says what it is', async (name, task, imgsz) => {
    const metadata = await readOnnxMetadata(join(SHARED_MODELS, `${name}.onnx`))
    expect(metadata.get('task')).toBe(task)
    expect(metadata.get('imgsz')).toBe(imgsz)
    expect(metadata.get('names')).toMatch(/^\{0: '/)
  })
})

test('metadata is read from behind a graph of any size', async () => {
  writeFileSync(path, onnxFile({ task: 'detect', names: "{0: 'é'}" }, { graphBytes: 1_000_000 }))
  expect(await readOnnxMetadata(path)).toEqual(
    new Map([
      ['task', 'detect'],
      ['names', "{0: 'é'}"],
    ]),
  )
})

test('the header says who made the file and for which operators', async () => {
  writeFileSync(path, onnxFile({ task: 'detect' }))
  expect(await readOnnxHeader(path)).toEqual({
    metadata: new Map([['task', 'detect']]),
    producer: 'pytorch',
    opset: 17,
  })
  // A graph alone, and operators of another domain: field 8 holding a domain (1) and version 5 (2).
  const others = Buffer.from([0x3a, 0, 0x42, 6, 0x0a, 2, 0x61, 0x62, 0x10, 5])
  writeFileSync(path, others)
  expect(await readOnnxHeader(path)).toEqual({ metadata: new Map(), producer: '', opset: null })
})

test('a graph of more than four gigabytes costs no more than a small one', async () => {
  const small = onnxFile({}, { graphBytes: 0 })
  // Field 7 again, of 5 GB; the file is sparse, so it takes no room on the disk.
  const length = 5_000_000_000
  const huge = Buffer.concat([small, Buffer.from([0x3a, 0x80, 0xe4, 0x97, 0xd0, 0x12])])
  writeFileSync(path, huge)
  truncateSync(path, huge.length + length)
  expect(await readOnnxMetadata(path)).toEqual(new Map())
})

test('a file that ends early is refused, with a hint', async () => {
  const whole = onnxFile({ task: 'detect' }, { graphBytes: 200_000 })
  writeFileSync(path, whole.subarray(0, 150_000))
  await expect(readOnnxMetadata(path)).rejects.toThrow('is it still being copied?')
})

test.each([
  ['nothing', Buffer.alloc(0), 'it is empty'],
  [
    'a pointer to Git LFS',
    Buffer.from('version https://git-lfs.github.com/spec/v1\noid sha256:00\n'),
    'git lfs pull',
  ],
  ['a ZIP archive', Buffer.from('PK\x03\x04\x14\x00\x00\x00\x08\x00 and so on'), 'it is no ONNX model'],
  ['text', Buffer.from('hello, this is not a model at all'), 'it is no ONNX model'],
  ['zeros', Buffer.alloc(1000), 'it is no ONNX model'],
  ['a message without a graph', Buffer.from([0x08, 9]), 'it holds no graph'],
])('%s is refused', async (_what, bytes, message) => {
  writeFileSync(path, bytes)
  await expect(readOnnxMetadata(path)).rejects.toThrow(NotOnnxError)
  await expect(readOnnxMetadata(path)).rejects.toThrow(message)
})

test('any bytes are read or refused at once, never anything else', async () => {
  const whole = onnxFile({ task: 'detect', names: '{}' })
  const damaged = fc
    .tuple(fc.nat({ max: whole.length - 1 }), fc.integer({ min: 0, max: 255 }))
    .map(([at, byte]) => whole.with(at, byte))
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.uint8Array({ maxLength: 300 }), damaged), async (bytes) => {
      writeFileSync(path, bytes)
      const answer = await readOnnxMetadata(path).catch((thrown: unknown) => thrown)
      expect(answer instanceof Map || answer instanceof NotOnnxError).toBe(true)
    }),
    { numRuns: 500 },
  )
})

test('a large file of tiny fields is given up soon', async () => {
  writeFileSync(path, Buffer.alloc(20_000_000, Buffer.from([0x08, 0x01])))
  await expect(readOnnxMetadata(path)).rejects.toThrow(NotOnnxError)
})
