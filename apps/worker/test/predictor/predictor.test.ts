import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { DEFAULT_PARAMS } from '@lupa/core/domain/params'
import { createFolderModelCatalog } from '@lupa/core/models/folder-model-catalog'
import type { ModelPackage } from '@lupa/core/models/model-package'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { CLASSIFIER, onnxFile } from '../../../../packages/core/test/models/onnx-file.ts'
import { createPredictor, type Predictor } from '../../src/predictor/predictor.ts'
import { hasSharedAssets, readPicture, readSharedModel } from '../shared-assets.ts'
import { childrenOf, isRunning } from './child-processes.ts'

const EXECUTION_TIMEOUT_MS = 3000
const CHILD = 'predictor/child.ts'
const never = new AbortController().signal
// Many processes one after the other: on a busy machine that takes its time.
vi.setConfig({ testTimeout: 60_000 })

describe.skipIf(!hasSharedAssets)('a predictor', () => {
  let predictor: Predictor
  let classifier: ModelPackage
  let detector: ModelPackage
  let directory: string

  beforeAll(async () => {
    classifier = await readSharedModel('leaves-classify')
    detector = await readSharedModel('coco-detect')
    directory = mkdtempSync(join(tmpdir(), 'lupa-test-predictor-'))
    predictor = await createPredictor({
      slots: 2,
      threads: 1,
      executionTimeoutMs: EXECUTION_TIMEOUT_MS,
      preload: [classifier, detector],
    })
  })

  afterAll(async () => {
    await predictor?.close()
    rmSync(directory, { recursive: true })
  })

  const predict = (model: ModelPackage, picture: string | Uint8Array = 'bus.jpg', signal = never) => {
    const image = typeof picture === 'string' ? readPicture(picture) : picture
    return predictor.predict({ image, model, params: DEFAULT_PARAMS }, signal)
  }

  test('refuses what has more pixels than it is told', async () => {
    const image = await sharp({ create: { width: 2000, height: 1500, channels: 3, background: 'red' } })
      .png()
      .toBuffer()
    const strict = await createPredictor({
      slots: 1,
      threads: 1,
      executionTimeoutMs: EXECUTION_TIMEOUT_MS,
      maxImagePixels: 2_000_000,
      preload: [classifier],
    })
    try {
      const work = { image, model: classifier, params: DEFAULT_PARAMS }
      await expect(strict.predict(work, never)).rejects.toMatchObject({
        code: 'image_too_many_pixels',
        message: 'The image has more than 2 megapixels. Send a smaller one.',
      })
      expect((await predict(classifier, image)).view.predictions).toHaveLength(5)
    } finally {
      await strict.close()
    }
  })

  test('is ready with its models loaded', () => {
    expect(predictor.status()).toMatchObject({
      slots: 2,
      busy: 0,
      waiting: 0,
      ready: true,
      restarts: 0,
      models: [
        { name: 'leaves-classify', version: '1', digest: classifier.digest, failure: null },
        { name: 'coco-detect', version: '1', digest: detector.digest, failure: null },
      ],
    })
  })

  test('says what a model sees, and where the time went', async () => {
    const { view, stored, image, timings } = await predict(detector)
    expect(view.predictions.map(({ name }) => name).toSorted()).toEqual([
      'bus',
      'person',
      'person',
      'person',
      'person',
    ])
    expect(stored.task).toBe('detect')
    expect(image).toEqual({ width: 810, height: 1080 })
    for (const ms of Object.values(timings)) expect(ms).toBeGreaterThanOrEqual(0)
    expect(timings.inference_ms).toBeGreaterThan(1)
  })

  test('answers fifty at once over two slots, each with its own answer', async () => {
    const pictures = ['bus.jpg', 'zidane.jpg', 'street-640.jpg', 'bus-gray.png', 'bus.webp']
    const alone = new Map<string, unknown>()
    for (const picture of pictures) alone.set(picture, (await predict(classifier, picture)).stored)
    const wanted = Array.from({ length: 50 }, (_, at) => pictures[at % pictures.length] ?? '')
    const answers = wanted.map(async (picture) =>
      expect((await predict(classifier, picture)).stored).toEqual(alone.get(picture)),
    )
    await setImmediate()
    expect(predictor.status()).toMatchObject({ busy: 2, waiting: 48 })
    await Promise.all(answers)
    expect(predictor.status()).toMatchObject({ busy: 0, waiting: 0, restarts: 0 })
  })

  test('refuses an image that cannot be decoded, and the child lives on', async () => {
    const truncated = readPicture('bus.jpg').subarray(0, 50_000)
    await expect(predict(classifier, truncated)).rejects.toMatchObject({
      name: 'LupaError',
      code: 'image_unreadable',
      retryable: false,
      message: expect.stringContaining('damaged or ends early'),
    })
    expect(predictor.status().restarts).toBe(0)
  })

  test('refuses a model that ONNX Runtime cannot load, says why, and serves the others', async () => {
    const folder = join(directory, 'broken', '1')
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'model.onnx'), onnxFile(CLASSIFIER))
    const broken = await createFolderModelCatalog({ directory }).resolve('broken')
    await expect(predict(broken)).rejects.toMatchObject({
      code: 'model_unavailable',
      message: expect.stringMatching(/^Model broken@1 cannot be loaded: Load model from model\.onnx failed/),
    })
    expect((await predict(classifier)).view.prediction).toBe('Dita')
    expect(predictor.status().models.find(({ name }) => name === 'broken')?.failure).toContain(
      'cannot be loaded',
    )
    expect(predictor.status().restarts).toBe(0)
  })

  test('refuses a model that is not what its package says', async () => {
    const unloaded = await readSharedModel('coco-detect-int8')
    await expect(predict({ ...unloaded, names: ['a', 'b'] })).rejects.toMatchObject({
      code: 'model_unavailable',
      message: expect.stringMatching(
        /it answers \[1, 84, 8400\], and .* is needed for detect with 2 classes/,
      ),
    })
    await expect(predict({ ...unloaded, digest: `sha256:${'0'.repeat(64)}` })).rejects.toThrow(
      'the file was replaced',
    )
  })

  test('loses the job of a child that is killed in the middle, and works again within two seconds', async () => {
    const { pids, answers } = await freezeBoth({ afterRestarts: 0 })
    for (const pid of pids) process.kill(pid, 'SIGKILL')
    for (const answer of answers) expect(await answer).toMatchObject({ code: 'worker_lost', retryable: true })
    const startMs = performance.now()
    expect((await predict(classifier)).view.prediction).toBe('Dita')
    expect(performance.now() - startMs).toBeLessThan(2000)
  })

  test('stops a child that hangs when its time is up, and replaces it', async () => {
    // Two that died, and two that came with the model that those in their place began without.
    const { pids, answers } = await freezeBoth({ afterRestarts: 4 })
    const startMs = performance.now()
    for (const answer of answers)
      expect(await answer).toMatchObject({ code: 'execution_timeout', retryable: true })
    const tookMs = performance.now() - startMs
    expect(tookMs).toBeGreaterThan(EXECUTION_TIMEOUT_MS - 100)
    expect(tookMs).toBeLessThan(EXECUTION_TIMEOUT_MS + 1000)
    expect((await predict(classifier)).view.prediction).toBe('Dita')
    expect(pids.filter(isRunning)).toEqual([])
  })

  test('leaves no process behind when it is closed', async () => {
    await predictor.close()
    expect(childrenOf(process.pid, CHILD)).toEqual([])
  })

  /** Both children stopped, as if in an endless loop, each with a job. */
  async function freezeBoth({ afterRestarts }: { afterRestarts: number }) {
    await expect.poll(() => predictor.status().restarts, { timeout: 40_000 }).toBe(afterRestarts)
    await expect.poll(() => childrenOf(process.pid, CHILD)).toHaveLength(2)
    const pids = childrenOf(process.pid, CHILD)
    for (const pid of pids) process.kill(pid, 'SIGSTOP')
    const answers = pids.map(() =>
      predict(classifier).then(
        () => undefined,
        (thrown: unknown) => thrown,
      ),
    )
    await expect.poll(() => predictor.status().busy).toBe(2)
    return { pids, answers }
  }
})

describe.skipIf(!hasSharedAssets)('children', () => {
  test('are gone within two seconds when their parent is killed, busy as they are', async () => {
    const parent = fork(new URL('./busy-parent.ts', import.meta.url), ['coco-detect'], {
      execArgv: [],
      stdio: 'inherit',
    })
    await once(parent, 'message')
    const children = childrenOf(parent.pid ?? -1, CHILD)
    expect(children).toHaveLength(2)
    parent.kill('SIGKILL')
    await once(parent, 'exit')
    await expect.poll(() => children.filter(isRunning), { timeout: 2000 }).toEqual([])
  })

  test('do not heed signals meant for their parent', async () => {
    const model = await readSharedModel('leaves-classify')
    const predictor = await createPredictor({
      slots: 1,
      threads: 1,
      executionTimeoutMs: 5000,
      preload: [model],
    })
    try {
      const [pid = 0] = childrenOf(process.pid, CHILD)
      process.kill(pid, 'SIGINT')
      process.kill(pid, 'SIGTERM')
      const work = { image: readPicture('bus.jpg'), model, params: DEFAULT_PARAMS }
      expect((await predictor.predict(work, never)).view.prediction).toBe('Dita')
      expect(childrenOf(process.pid, CHILD)).toEqual([pid])
    } finally {
      await predictor.close()
    }
  })
})
