import type { Size } from '@lupa/core/domain/view-prediction'
import { InferenceSession, Tensor } from 'onnxruntime-node'

/** One model in memory, ready to run. */
export interface OnnxSession {
  /** The size the model was exported for; null when it takes any. */
  fixedSize: Size | null
  /** A name stands for a length that depends on the input. */
  outputShape: readonly (number | string)[]
  /** The tensor to fill for an input of this size: float32 [1, 3, height, width]. It is used again by the next run. */
  pixelsFor(input: Size): Float32Array
  /** Runs the model on what the tensor of this size holds. */
  run(input: Size): Promise<Output>
  release(): Promise<void>
}

/** The model's first output. */
export interface Output {
  data: Float32Array
  shape: readonly number[]
}

/** Loads a model. Rejects with a sentence when ONNX Runtime cannot, or when it is no picture-to-floats model. */
export async function openOnnxSession(path: string, { threads }: { threads: number }): Promise<OnnxSession> {
  const session = await InferenceSession.create(path, {
    executionProviders: ['cpu'],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    // Fatal only: what goes wrong is thrown, and reported once by whoever catches it.
    logSeverityLevel: 4,
  })
  const { inputName, outputName, fixedSize, outputShape } = readSignature(session)
  let current: { input: Size; tensor: Tensor; pixels: Float32Array } | undefined

  function tensorFor(input: Size) {
    if (current?.input.width !== input.width || current.input.height !== input.height) {
      const pixels = new Float32Array(3 * input.width * input.height)
      current = { input, pixels, tensor: new Tensor('float32', pixels, [1, 3, input.height, input.width]) }
    }
    return current
  }

  return {
    fixedSize,
    outputShape,
    pixelsFor: (input) => tensorFor(input).pixels,
    async run(input) {
      const outputs = await session.run({ [inputName]: tensorFor(input).tensor })
      const output = outputs[outputName]
      if (!(output?.data instanceof Float32Array)) {
        throw new Error(`its output is ${output?.type ?? 'missing'}, and float32 is needed`)
      }
      return { data: output.data, shape: output.dims }
    },
    release: () => session.release(),
  }
}

function readSignature(session: InferenceSession) {
  const [input] = session.inputMetadata
  const [output] = session.outputMetadata
  if (!input?.isTensor || !output?.isTensor) throw new Error('its input and output are not tensors')
  if (input.type !== 'float32') {
    throw new Error(`it takes ${input.type}, and float32 is needed: export it with half=False`)
  }
  const [batch, channels, height, width] = input.shape
  if (input.shape.length !== 4 || channels !== 3 || (typeof batch === 'number' && batch !== 1)) {
    throw new Error(`it takes [${input.shape.join(', ')}], and [1, 3, height, width] is needed`)
  }
  return {
    inputName: input.name,
    outputName: output.name,
    outputShape: output.shape,
    fixedSize: typeof width === 'number' && typeof height === 'number' ? { width, height } : null,
  }
}
