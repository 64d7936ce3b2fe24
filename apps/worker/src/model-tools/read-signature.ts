import type { TensorSignature } from '@lupa/core/models/model-reports'
import { InferenceSession } from '../inference/onnx-runtime.ts'

/** What any ONNX model takes and gives, also one that Lupa cannot serve. Rejects when ONNX Runtime cannot load it. */
export async function readSignature(
  path: string,
): Promise<{ inputs: TensorSignature[]; outputs: TensorSignature[] }> {
  const session = await InferenceSession.create(path, {
    executionProviders: ['cpu'],
    graphOptimizationLevel: 'disabled',
    logSeverityLevel: 4,
  })
  const inputs = session.inputMetadata.map(toSignature)
  const outputs = session.outputMetadata.map(toSignature)
  await session.release()
  return { inputs, outputs }
}

function toSignature(value: InferenceSession['inputMetadata'][number]): TensorSignature {
  return value.isTensor
    ? { name: value.name, type: value.type, shape: [...value.shape] }
    : { name: value.name, type: 'no tensor', shape: [] }
}
