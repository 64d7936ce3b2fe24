import { readFileSync } from 'node:fs'
import { DEFAULT_PARAMS } from '@lupa/core/domain/params'
import { readModelPackage } from '@lupa/core/models/read-model-package'
import { restrictSharp } from '../../../apps/worker/src/inference/decode-image.ts'
import { loadModel } from '../../../apps/worker/src/inference/load-model.ts'
import { InferenceSession, Tensor } from '../../../apps/worker/src/inference/onnx-runtime.ts'
import { predictImage } from '../../../apps/worker/src/inference/predict-image.ts'
import { answerRequests, cpuMsSince, helperOptions } from './answer.ts'

// The model without any service: `run()` on a ready tensor; or, given a picture, from its bytes to the prediction.

export interface ModelOptions {
  model: string
  picture?: string
}

export interface ModelRun {
  ms: number[]
  seconds: number
  cpuMs: number
}

const { model, picture } = helperOptions() as ModelOptions
const once = picture ? await wholeWay(picture) : await modelAlone()

answerRequests(async (request): Promise<ModelRun> => {
  const { seconds } = request as { seconds: number }
  const cpu = process.cpuUsage()
  const startMs = performance.now()
  const ms: number[] = []
  while (performance.now() - startMs < seconds * 1000) {
    const beganMs = performance.now()
    await once()
    ms.push(performance.now() - beganMs)
  }
  return { ms, seconds: (performance.now() - startMs) / 1000, cpuMs: cpuMsSince(cpu) }
})

async function modelAlone(): Promise<() => Promise<unknown>> {
  const session = await InferenceSession.create(model, {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    logSeverityLevel: 4,
  })
  const [input] = session.inputMetadata
  if (!input?.isTensor) throw new Error(`${model} takes no tensor`)
  const shape = input.shape.map((length) => (typeof length === 'number' ? length : 1))
  const pixels = new Float32Array(shape.reduce((product, length) => product * length, 1)).fill(0.5)
  const tensor = new Tensor('float32', pixels, shape)
  return () => session.run({ [input.name]: tensor })
}

async function wholeWay(path: string): Promise<() => Promise<unknown>> {
  restrictSharp()
  const found = await readModelPackage('bench', '1', model)
  if (!found.package) throw new Error(found.failure)
  const loaded = await loadModel(found.package, { threads: 1 })
  const bytes = readFileSync(path)
  return () => predictImage(bytes, loaded, DEFAULT_PARAMS)
}
