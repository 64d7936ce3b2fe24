import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createFolderModelCatalog } from '../../src/models/folder-model-catalog.ts'
import type { ModelCatalog } from '../../src/models/model-catalog.ts'
import { CLASSIFIER, onnxFile } from './onnx-file.ts'

let directory: string
let catalog: ModelCatalog

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'lupa-test-models-'))
  catalog = createFolderModelCatalog({ directory, freshMs: 0 })
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

describe('a package', () => {
  test('is what its metadata says', async () => {
    const bytes = put('bottle', '1', CLASSIFIER)
    expect(await catalog.resolve('bottle')).toEqual({
      name: 'bottle',
      version: '1',
      task: 'classify',
      names: ['open', 'closed'],
      imgsz: { width: 224, height: 224 },
      stride: 1,
      fit: 'crop',
      keypoints: null,
      endToEnd: null,
      digest: sha256(bytes),
      path: join(directory, 'bottle', '1', 'model.onnx'),
      bytes: bytes.length,
      licence: null,
      description: null,
    })
  })

  test('is what its manifest says where both speak', async () => {
    put('bottle', '1', CLASSIFIER, {
      names: ['aberta', 'fechada'],
      imgsz: [320, 640],
      licence: 'MIT',
      mood: 'good',
    })
    expect(await catalog.resolve('bottle')).toMatchObject({
      names: ['aberta', 'fechada'],
      imgsz: { width: 640, height: 320 },
      licence: 'MIT',
    })
  })

  test('needs no metadata when its manifest says it all', async () => {
    put('bottle', '1', {}, { task: 'detect', names: { 1: 'b', 0: 'a' }, imgsz: 640 })
    expect(await catalog.resolve('bottle')).toMatchObject({
      task: 'detect',
      names: ['a', 'b'],
      imgsz: { width: 640, height: 640 },
      stride: 32,
      fit: 'pad',
    })
  })

  test('knows the pictures of its self-test, which its versions may share', async () => {
    const box = { x1: 1, y1: 2, x2: 3, y2: 4 }
    const said = { prediction: 'open', confidence: 0.97 }
    const self_test = [
      { image: '../samples/1.jpg', ...said },
      { image: '2.jpg', ...said, box },
    ]
    put('bottle', '1', CLASSIFIER, { self_test })
    expect((await catalog.resolve('bottle')).selfTest).toEqual([
      { path: join(directory, 'bottle', 'samples', '1.jpg'), ...said },
      { path: join(directory, 'bottle', '1', '2.jpg'), ...said, box },
    ])
  })

  test.each([
    ['of a model that suppresses by itself', { end2end: 'True' }, {}, true],
    [
      'of an export that was made to suppress',
      { end2end: 'False', args: "{'batch': 1, 'nms': True}" },
      {},
      true,
    ],
    ['of one that was not', { end2end: 'False', args: "{'batch': 1, 'nms': False}" }, {}, false],
    ['of which a person says so', { end2end: 'False' }, { end2end: true }, true],
  ])('%s says whether it does', async (_of, metadata, manifest, endToEnd) => {
    put('bottle', '1', { ...CLASSIFIER, task: 'detect', ...metadata }, manifest)
    expect(await catalog.resolve('bottle')).toMatchObject({ endToEnd })
  })

  test.each([
    [{ kpt_shape: '[17, 3]' }, {}, { count: 17, numbers: 3 }],
    [{ kpt_shape: '(5, 2)' }, {}, { count: 5, numbers: 2 }],
    [{}, { kpt_shape: [4, 3] }, { count: 4, numbers: 3 }],
  ])('of a pose says how many keypoints it has: %j %j', async (metadata, manifest, keypoints) => {
    put('bottle', '1', { ...CLASSIFIER, task: 'pose', ...metadata }, manifest)
    expect(await catalog.resolve('bottle')).toMatchObject({ task: 'pose', keypoints })
  })

  test('of a classifier that sees whole images says so', async () => {
    put('bottle', '1', CLASSIFIER, { fit: 'pad' })
    expect(await catalog.resolve('bottle')).toMatchObject({ task: 'classify', fit: 'pad' })
  })

  test('is served when the digest in its manifest is right, in either spelling', async () => {
    const bytes = put('bottle', '1', CLASSIFIER)
    for (const said of [sha256(bytes), sha256(bytes).slice(7).toUpperCase()]) {
      put('bottle', '1', CLASSIFIER, { sha256: said })
      expect((await catalog.list())[0]?.failure).toBeNull()
    }
  })
})

describe('a package that cannot be served says what to do', () => {
  test.each([
    [
      'says no task',
      {},
      undefined,
      /says "task"\. Write manifest\.json beside model\.onnx with "task", "names" and "imgsz", for example \{/,
    ],
    ['says no names', { task: 'detect', imgsz: '640' }, undefined, /says "names"\. Write manifest\.json/],
    ['says no size', { task: 'detect', names: "['a']" }, undefined, /says "imgsz"\. Write manifest\.json/],
    [
      'has names that cannot be read',
      { ...CLASSIFIER, names: '{0: open}' },
      undefined,
      /"names" cannot be understood .*Write manifest\.json/,
    ],
    [
      'has names with a gap',
      { ...CLASSIFIER, names: "{0: 'a', 2: 'b'}" },
      undefined,
      /"names" cannot be understood/,
    ],
    [
      'is made for another task',
      { ...CLASSIFIER, task: 'depth' },
      undefined,
      /task is depth, which cannot be run; classify, detect, segment, pose, obb can/,
    ],
    [
      'is a pose of unknown keypoints',
      { ...CLASSIFIER, task: 'pose' },
      undefined,
      /says "kpt_shape"\. Write manifest\.json .*"imgsz" and "kpt_shape", for example \{ "task": "pose"/,
    ],
    [
      'is a pose of keypoints that cannot be',
      { ...CLASSIFIER, task: 'pose', kpt_shape: '[17, 4]' },
      undefined,
      /"kpt_shape" cannot be understood/,
    ],
    ['has a manifest that is no JSON', CLASSIFIER, '{', /manifest\.json is wrong: it is no JSON/],
    [
      'has a manifest with a wrong value',
      CLASSIFIER,
      { task: 'guess', imgsz: -1 },
      /manifest\.json is wrong: task: .*imgsz: /,
    ],
    [
      'says how to fit images to a model that is no classifier',
      { ...CLASSIFIER, task: 'detect' },
      { fit: 'crop' },
      /"fit" in manifest\.json .* the task is detect, .*Remove "fit"/,
    ],
    ['fits images in no known way', CLASSIFIER, { fit: 'stretch' }, /manifest\.json is wrong: fit: /],
    [
      'is not the file its manifest means',
      CLASSIFIER,
      { sha256: '0'.repeat(64) },
      /manifest\.json says sha256:000.*Copy the model again/,
    ],
    ...['../../others/1.jpg', '../../bottle-too/1.jpg', '/etc/1.jpg', '../..', '..'].map(
      (image): [string, Record<string, string>, object, RegExp] => [
        `has a self-test with the picture ${image}, outside of its folder`,
        CLASSIFIER,
        { self_test: [{ image, prediction: 'open', confidence: 1 }] },
        /outside of the model's folder\. Put the picture beside the versions/,
      ],
    ),
    [
      'has a self-test that does not say what is right',
      CLASSIFIER,
      { self_test: [{ image: '1.jpg' }] },
      /manifest\.json is wrong: self_test\.0\.prediction/,
    ],
  ])('when it %s', async (_when, metadata, manifest, message) => {
    put('bottle', '1', metadata, manifest)
    expect((await catalog.list())[0]).toMatchObject({
      package: null,
      failure: expect.stringMatching(message),
    })
    await expect(catalog.resolve('bottle')).rejects.toMatchObject({
      code: 'model_unavailable',
      message: expect.stringMatching(message),
    })
  })

  test('when the file is no model; and the others serve', async () => {
    put('bottle', '1', CLASSIFIER)
    write(join('broken', '1', 'model.onnx'), 'not a model')
    expect((await catalog.list()).map(({ name, failure }) => [name, failure === null])).toEqual([
      ['bottle', true],
      ['broken', false],
    ])
    await expect(catalog.resolve('broken')).rejects.toThrow(/it is no ONNX model.*yolo export/)
    expect(await catalog.resolve('bottle')).toMatchObject({ name: 'bottle' })
  })
})

describe('resolving', () => {
  test('without a version gives the highest by number, with one exactly that', async () => {
    for (const version of ['2', '10', '9.1']) put('bottle', version, CLASSIFIER)
    expect((await catalog.list()).map(({ version }) => version)).toEqual(['10', '9.1', '2'])
    expect(await catalog.resolve('bottle')).toMatchObject({ version: '10' })
    expect(await catalog.resolve('bottle@9.1')).toMatchObject({ version: '9.1' })
  })

  test('passes over a highest version that cannot be served, unless it was asked for', async () => {
    put('bottle', '1', CLASSIFIER)
    write(join('bottle', '2', 'model.onnx'), 'half a copy')
    expect(await catalog.resolve('bottle')).toMatchObject({ version: '1' })
    await expect(catalog.resolve('bottle@2')).rejects.toMatchObject({ code: 'model_unavailable' })
  })

  test.each(['jar', 'bottle@7', 'bottle@', '@1', '', '../bottle', 'constructor'])(
    '%j is told what there is',
    async (wanted) => {
      put('bottle', '1', CLASSIFIER)
      await expect(catalog.resolve(wanted)).rejects.toMatchObject({
        code: 'model_not_found',
        message: `There is no model ${JSON.stringify(wanted)}. Available: bottle@1.`,
      })
    },
  )

  test('without any model it says where to put one', async () => {
    rmSync(directory, { recursive: true })
    expect(await catalog.list()).toEqual([])
    await expect(catalog.resolve('bottle')).rejects.toThrow(
      'put one at <name>/<version>/model.onnx in MODELS_DIR',
    )
  })
})

describe('the folder', () => {
  test('may hold other things: only a folder with a model.onnx is a version', async () => {
    put('bottle', '1', CLASSIFIER)
    write(join('bottle', 'samples', 'a.jpg'), 'a picture')
    write(join('training', 'bottle', 'train.py'), 'a program')
    write(join('.cache', '1', 'model.onnx'), 'hidden')
    write('README.md', 'hello')
    expect((await catalog.list()).map(({ name, version }) => `${name}@${version}`)).toEqual(['bottle@1'])
  })

  test('a model dropped in while running is found when it is asked for', async () => {
    await expect(catalog.resolve('bottle')).rejects.toMatchObject({ code: 'model_not_found' })
    put('bottle', '1', CLASSIFIER)
    expect(await catalog.resolve('bottle')).toMatchObject({ version: '1' })
    put('bottle', '2', CLASSIFIER)
    expect(await catalog.resolve('bottle@2')).toMatchObject({ version: '2' })
  })

  test('a new highest version is noticed by those who ask for none', async () => {
    put('bottle', '1', CLASSIFIER)
    await catalog.resolve('bottle')
    put('bottle', '2', CLASSIFIER)
    await expect.poll(async () => (await catalog.resolve('bottle')).version).toBe('2')
  })

  test('a replaced file has a new digest, and a removed one is gone', async () => {
    put('bottle', '1', CLASSIFIER)
    const before = (await catalog.list())[0]?.package?.digest
    const bytes = put('bottle', '1', { ...CLASSIFIER, description: 'another' })
    expect((await catalog.list())[0]?.package?.digest).toBe(sha256(bytes))
    expect(sha256(bytes)).not.toBe(before)
    rmSync(join(directory, 'bottle'), { recursive: true })
    expect(await catalog.list()).toEqual([])
  })

  test('is read once for many who ask at the same time', async () => {
    put('bottle', '1', CLASSIFIER)
    const lists = await Promise.all(Array.from({ length: 20 }, () => catalog.list()))
    expect(new Set(lists).size).toBe(1)
    const packages = await Promise.all(Array.from({ length: 20 }, () => catalog.resolve('bottle')))
    expect(new Set(packages).size).toBe(1)
  })
})

function put(
  name: string,
  version: string,
  metadata: Record<string, string>,
  manifest?: object | string,
): Buffer {
  const bytes = onnxFile(metadata)
  write(join(name, version, 'model.onnx'), bytes)
  if (manifest)
    write(
      join(name, version, 'manifest.json'),
      typeof manifest === 'string' ? manifest : JSON.stringify(manifest),
    )
  return bytes
}

function write(path: string, content: string | Uint8Array): void {
  mkdirSync(join(directory, path, '..'), { recursive: true })
  writeFileSync(join(directory, path), content)
}

function sha256(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`
}
