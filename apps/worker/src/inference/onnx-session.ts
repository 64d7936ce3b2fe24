import type { Size } from '@lupa/core/domain/view-prediction'
import { InferenceSession, Tensor } from 'onnxruntime-node'

/** One model in memory, ready to run. */
export interface OnnxSession {
  /** The size the model was exported for; null when it takes any. */
  fixedSize: Size | null
  /** How many images the model takes at once; null when it takes any number. Those that are missing are blank. */
  fixedBatch: number | null
  /** A name stands for a length that depends on the input. */
  outputShapes: readonly (readonly (number | string)[])[]
  /** The image to fill for an input of this size: float32 [3, height, width]. It is used again by the next run. */
  pixelsFor(input: Size): Float32Array
  /** Runs the model on the image of this size; resolves to each output, of that image alone. */
  run(input: Size): Promise<Output[]>
  release(): Promise<void>
}

/** One output of a model for one image: float32, shape [1, …]. */
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
  const { inputName, outputNames, fixedSize, fixedBatch, outputShapes } = await signatureOf(session)
  let current: { input: Size; tensor: Tensor; pixels: Float32Array } | undefined

  function tensorFor(input: Size) {
    if (current?.input.width !== input.width || current.input.height !== input.height) {
      const batch = fixedBatch ?? 1
      const length = 3 * input.width * input.height
      const pixels = new Float32Array(batch * length)
      const tensor = new Tensor('float32', pixels, [batch, 3, input.height, input.width])
      current = { input, pixels: pixels.subarray(0, length), tensor }
    }
    return current
  }

  return {
    fixedSize,
    fixedBatch,
    outputShapes,
    pixelsFor: (input) => tensorFor(input).pixels,
    async run(input) {
      const outputs = await session.run({ [inputName]: tensorFor(input).tensor })
      return outputNames.map((name) => firstOf(outputs[name]))
    },
    release: () => session.release(),
  }
}

/** Of a batch, what was said of its first image. */
function firstOf(output: Tensor | undefined): Output {
  if (!(output?.data instanceof Float32Array)) {
    throw new Error(`its output is ${output?.type ?? 'missing'}, and float32 is needed`)
  }
  const [batch = 1, ...lengths] = output.dims
  const data = batch === 1 ? output.data : output.data.subarray(0, output.data.length / batch)
  return { data, shape: [1, ...lengths] }
}

async function signatureOf(session: InferenceSession) {
  try {
    return readSignature(session)
  } catch (thrown) {
    await session.release()
    throw thrown
  }
}

function readSignature(session: InferenceSession) {
  const [input, ...others] = session.inputMetadata
  if (!input?.isTensor) throw new Error('its input is no tensor')
  if (others.length > 0) throw new Error(`it takes ${others.length + 1} inputs, and one picture is needed`)
  assertTakesFloats(input.type)
  const [batch, channels, height, width] = input.shape
  if (input.shape.length !== 4 || channels !== 3) {
    throw new Error(`it takes [${input.shape.join(', ')}], and [1, 3, height, width] is needed`)
  }
  return {
    inputName: input.name,
    fixedSize: typeof width === 'number' && typeof height === 'number' ? { width, height } : null,
    fixedBatch: typeof batch === 'number' ? batch : null,
    ...readOutputs(session),
  }
}

function assertTakesFloats(type: string): void {
  if (type === 'float32') return
  // https://github.com/microsoft/onnxruntime/pull/32323
  const advice =
    type === 'float16'
      ? 'export it with half=False, or with its inputs and outputs kept in float32'
      : 'export it with Ultralytics, which scales 0…255 to 0…1 before the model'
  throw new Error(`it takes ${type}, and float32 is needed: ${advice}`)
}

function readOutputs(session: InferenceSession) {
  const outputs = session.outputMetadata.map((output) => {
    if (!output.isTensor) throw new Error(`its output ${output.name} is no tensor`)
    return output
  })
  return {
    outputNames: outputs.map(({ name }) => name),
    outputShapes: outputs.map(({ shape }) => shape),
  }
}
