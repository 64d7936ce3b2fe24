import type { Size } from '@lupa/core/domain/size'
import { freeArray } from '@lupa/core/runtime/free-array'
import { InferenceSession, Tensor } from './onnx-runtime.ts'

/** One model in memory, ready to run. */
export interface OnnxSession {
  /** The size the model was exported for; null when it takes any. */
  fixedSize: Size | null
  /** How many images the model takes at once; null when it takes any number. What is in the places left over is computed in vain. */
  fixedBatch: number | null
  /** A name stands for a length that depends on the input. */
  outputShapes: readonly (readonly (number | string)[])[]
  /**
   * The image to fill for an input of this size: float32 [3, height, width], the first or a further one of a
   * run. It is used again by the next run.
   */
  pixelsFor(input: Size, at?: number): Float32Array
  /** Runs the model on the image of this size; resolves to each output, of that image alone. */
  run(input: Size): Promise<Output[]>
  /** The same for the first so many images: resolves to the outputs of each. */
  runSeveral(input: Size, images: number): Promise<Output[][]>
  release(): Promise<void>
}

/** One output of a model for one image: float32, shape [1, …]. Empty once the model is run again. */
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
  /** The images of a run, one after the other. */
  let current: { input: Size; pixels: Float32Array } | undefined
  let answered: Output[] = []

  function pixelsOf(input: Size, images: number): Float32Array {
    const length = images * lengthOf(input)
    const isSame = current?.input.width === input.width && current.input.height === input.height
    if (current && isSame && current.pixels.length >= length) return current.pixels
    const pixels = new Float32Array(length)
    if (current && isSame) pixels.set(current.pixels)
    current = { input, pixels }
    return pixels
  }

  async function runSeveral(input: Size, images: number): Promise<Output[][]> {
    const batch = fixedBatch ?? images
    if (images > batch) throw new Error(`it takes ${batch} images at once, and was given ${images}`)
    const pixels = pixelsOf(input, batch).subarray(0, batch * lengthOf(input))
    const tensor = new Tensor('float32', pixels, [batch, 3, input.height, input.width])
    for (const { data } of answered.splice(0)) freeArray(data)
    const outputs = await session.run({ [inputName]: tensor })
    answered = outputNames.map((name) => toFloats(outputs[name]))
    const byOutput = answered.map((output) => splitByImage(output, batch))
    return Array.from({ length: images }, (_, at) => byOutput.map((ofImages) => ofImages[at] as Output))
  }

  return {
    fixedSize,
    fixedBatch,
    outputShapes,
    pixelsFor: (input, at = 0) => {
      const length = lengthOf(input)
      return pixelsOf(input, Math.max(at + 1, fixedBatch ?? 1)).subarray(at * length, (at + 1) * length)
    },
    run: async (input) => (await runSeveral(input, 1))[0] as Output[],
    runSeveral,
    release: () => session.release(),
  }
}

const lengthOf = ({ width, height }: Size) => 3 * width * height

function toFloats(output: Tensor | undefined): Output {
  if (output?.data instanceof Float32Array) return { data: output.data, shape: output.dims }
  throw new Error(`its output is ${output?.type ?? 'missing'}, and float32 is needed`)
}

/** Of a batch, what was said of each image. */
function splitByImage({ data, shape }: Output, batch: number): Output[] {
  const [images, ...lengths] = shape
  if (images !== batch) throw new Error(`it was given ${batch} images, and answers [${shape.join(', ')}]`)
  const length = data.length / batch
  return Array.from({ length: batch }, (_, at) => ({
    data: data.subarray(at * length, (at + 1) * length),
    shape: [1, ...lengths],
  }))
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
