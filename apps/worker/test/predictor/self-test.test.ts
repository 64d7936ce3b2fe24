import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DEFAULT_PARAMS } from '@lupa/core/domain/params'
import type { ModelPackage } from '@lupa/core/models/model-package'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createPredictor, type Predictor } from '../../src/predictor/predictor.ts'
import { childrenOf } from './child-processes.ts'
import { aCorruptibleModel, KNOWN, SAMPLES, type Sample } from './corruptible-model.ts'

const CHILD = 'corruptible-child.ts'
// Many processes one after the other: on a busy machine that takes its time.
vi.setConfig({ testTimeout: 60_000 })
const never = new AbortController().signal

let directory: string
let predictor: Predictor | undefined
const said: string[] = []
const troubles: boolean[] = []

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'lupa-test-self-test-'))
  said.length = 0
  troubles.length = 0
})
afterEach(async () => {
  await predictor?.close()
  predictor = undefined
  rmSync(directory, { recursive: true })
})

test.each([
  ['with its own pictures', KNOWN, /^Model bottle@1 is wrong about its own picture \S+\.jpg: it must say /],
  ['without pictures', [], /^Model bottle@1 says of the same picture what it did not say before: /],
])(
  'a child whose weights were damaged is found out and replaced, of a model %s',
  async (_, samples, sentence) => {
    const model = await aModel(samples)
    predictor = await startPredictor(model)
    await expect.poll(() => counts().passed, { timeout: 30_000 }).toBeGreaterThan(2)
    expect(counts().failed).toBe(0)
    await predict(model)

    const [child = -1] = childrenOf(process.pid, CHILD)
    process.kill(child, 'SIGUSR2')
    await expect.poll(() => counts(), { timeout: 30_000 }).toMatchObject({ failed: 1 })
    await expect.poll(() => predictor?.status().restarts, { timeout: 30_000 }).toBe(1)

    expect(predictor.status().ready).toBe(true)
    expect(said).toEqual([expect.stringMatching(sentence)])
    expect(childrenOf(process.pid, CHILD)).not.toContain(child)
    expect(await predict(model)).toBe('aberta')
    const { passed } = counts()
    await expect.poll(() => counts().passed, { timeout: 30_000 }).toBeGreaterThan(passed + 1)
    expect(counts()).toMatchObject({ failed: 1 })
  },
)

test('a worker whose every child is wrong takes no jobs, and is back as soon as one is right', async () => {
  const model = await aModel(KNOWN)
  predictor = await startPredictor(model)
  writeFileSync(`${model.path}.damaged-from-the-start`, '')
  process.kill(childrenOf(process.pid, CHILD)[0] ?? -1, 'SIGUSR2')
  await expect.poll(() => troubles, { timeout: 30_000 }).toEqual([true])
  expect(predictor.status().ready).toBe(false)
  expect(counts().failed).toBeGreaterThan(1)
  await expect(predict(model)).rejects.toMatchObject({ code: 'worker_not_ready', retryable: true })

  rmSync(`${model.path}.damaged-from-the-start`)
  await expect.poll(() => troubles, { timeout: 30_000 }).toEqual([true, false])
  expect(predictor.status().ready).toBe(true)
  expect(await predict(model)).toBe('aberta')
})

test('a model that does not know its own pictures is not served, and the sentence says what it said', async () => {
  const model = await aModel([{ image: '../samples/aberta-1.jpg', prediction: 'fechada', confidence: 0.9 }])
  predictor = await startPredictor(model)
  await expect(predict(model)).rejects.toMatchObject({
    code: 'model_unavailable',
    message: expect.stringMatching(
      /^Model bottle@1 is wrong about its own picture aberta-1\.jpg: it must say fechada \(0\.900\), and says aberta \(\d\.\d+\)\.$/,
    ),
  })
  expect(predictor.status()).toMatchObject({ ready: true, restarts: 0 })
  expect(troubles).toEqual([])
})

test('a picture that is not there, or is a link to somewhere else, is not taken', async () => {
  const model = await aModel([{ image: '../samples/away.jpg', prediction: 'aberta', confidence: 0.9 }])
  const sentence =
    'Model bottle@1 cannot be loaded: away.jpg, which "self_test" in its manifest names, is not in the model\'s folder.'
  predictor = await startPredictor(model)
  await expect(predict(model)).rejects.toMatchObject({ code: 'model_unavailable', message: sentence })
  await predictor.close()

  symlinkSync(join(SAMPLES, 'aberta-1.jpg'), join(directory, 'bottle', 'samples', 'away.jpg'))
  predictor = await startPredictor(model)
  await expect(predict(model)).rejects.toMatchObject({ code: 'model_unavailable', message: sentence })
})

const aModel = (selfTest: Sample[]) => aCorruptibleModel(directory, selfTest)

function startPredictor(model: ModelPackage): Promise<Predictor> {
  return createPredictor({
    slots: 1,
    threads: 1,
    executionTimeoutMs: 10_000,
    selfTestEveryMs: 100,
    preload: [model],
    onTrouble: (isInTrouble) => troubles.push(isInTrouble),
    logger: {
      info: () => {},
      warn: () => {},
      error: (_: unknown, text?: string) => void said.push(text ?? ''),
    },
    entry: new URL('./corruptible-child.ts', import.meta.url),
  })
}

async function predict(model: ModelPackage): Promise<string | null> {
  const image = readFileSync(join(SAMPLES, 'aberta-1.jpg'))
  const outcome = await predictor?.predict({ image, model, params: DEFAULT_PARAMS }, never)
  return outcome?.view.prediction ?? null
}

const counts = () => predictor?.status().selfTests[0] ?? { passed: 0, failed: 0 }
