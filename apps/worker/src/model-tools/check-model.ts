import { readFile, stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { DEFAULT_PARAMS } from '@lupa/core/domain/params'
import type { CheckModelInput, ModelCheck, ModelTrial, ToolModel } from '@lupa/core/models/model-reports'
import { type OnnxHeader, readOnnxHeader } from '@lupa/core/models/onnx-metadata'
import { readModelPackage } from '@lupa/core/models/read-model-package'
import { type LoadedModel, loadModel } from '../inference/load-model.ts'
import { predictImage } from '../inference/predict-image.ts'
import { median } from './median.ts'
import { planFor } from './plan-for.ts'
import { readSignature } from './read-signature.ts'
import { runTool } from './run-tool.ts'

// Says what a model file is, whether it can be served, and what it makes of one picture.

async function checkModel({ model, image, runs, threads }: CheckModelInput): Promise<ModelCheck> {
  const { path, name, version } = model
  const header = await readOnnxHeader(path).catch((thrown: Error) => thrown)
  const signature = await readSignature(path).catch((thrown: Error) => thrown)
  const found = await readModelPackage(name, version, path)
  const loaded = found.package
    ? await loadModel(found.package, { threads }).catch((thrown: Error) => thrown)
    : new Error(found.failure)

  const { inputs, outputs } = signature instanceof Error ? { inputs: [], outputs: [] } : signature
  const { producer, opset }: Pick<OnnxHeader, 'producer' | 'opset'> =
    header instanceof Error ? { producer: '', opset: null } : header
  const isServable = !(loaded instanceof Error)
  return {
    path,
    bytes: (await stat(path)).size,
    digest: found.package?.digest ?? null,
    producer,
    opset,
    inputs,
    outputs,
    model: found.package && {
      task: found.package.task,
      names: found.package.names,
      imgsz: found.package.imgsz,
      stride: found.package.stride,
      licence: found.package.licence,
    },
    failure: isServable ? null : reasonOf(loaded, model),
    plan: isServable ? planFor(loaded) : null,
    trial: isServable && image !== null ? await tryOn(image, loaded, { runs, threads }) : null,
  }
}

/** The file may be no package yet: then it has a name of its own. */
function reasonOf({ message }: Error, { path, name, version }: ToolModel): string {
  return message
    .replace(`Model ${name}@${version} cannot be served. `, '')
    .replace(`Model ${name}@${version} cannot be loaded: `, '')
    .replaceAll(`${name}/${version}/model.onnx`, basename(path))
}

async function tryOn(
  path: string,
  model: LoadedModel,
  { runs, threads }: { runs: number; threads: number },
): Promise<ModelTrial> {
  const bytes = await readFile(path)
  const first = await predictImage(bytes, model, DEFAULT_PARAMS)
  const modelMs: number[] = []
  const wholeMs: number[] = []
  const cpuMs: number[] = []
  for (let run = 0; run < runs; run++) {
    const [startMs, startCpu] = [performance.now(), process.cpuUsage()]
    const { timings } = await predictImage(bytes, model, DEFAULT_PARAMS)
    wholeMs.push(performance.now() - startMs)
    const { user, system } = process.cpuUsage(startCpu)
    cpuMs.push((user + system) / 1000)
    modelMs.push(timings.inference_ms)
  }
  const { prediction, confidence, predictions } = first.view
  return {
    image: basename(path),
    ...first.image,
    prediction,
    confidence,
    items: predictions.slice(0, 5).map((item) => ({ name: item.name, confidence: item.confidence })),
    itemCount: predictions.length,
    shown_bytes: bytesOf(predictions),
    stored_bytes: bytesOf(first.stored),
    runs,
    threads,
    model_ms: toTenths(median(modelMs)),
    whole_ms: toTenths(median(wholeMs)),
    cpu_ms: toTenths(median(cpuMs)),
  }
}

const bytesOf = (value: unknown) => Buffer.byteLength(JSON.stringify(value))
const toTenths = (ms: number) => Math.round(ms * 10) / 10

await runTool(checkModel)
