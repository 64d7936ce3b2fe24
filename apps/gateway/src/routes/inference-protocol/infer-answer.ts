import { LupaError } from '@lupa/core/domain/errors'
import type { Job } from '@lupa/core/domain/job'
import type { PredictionItem, Task } from '@lupa/core/domain/prediction'
import type { InferRequest } from './infer-request.ts'

export interface Tensor {
  name: string
  datatype: 'FP32' | 'INT64' | 'BYTES'
  shape: number[]
  data: readonly (number | string)[]
}

/** What an output is, of models for a task; -1 is as many as there are detections. */
export interface OutputDescription {
  name: string
  datatype: Tensor['datatype']
  shape: number[]
}

const COMMON: OutputDescription[] = [
  { name: 'scores', datatype: 'FP32', shape: [-1] },
  { name: 'classes', datatype: 'INT64', shape: [-1] },
  { name: 'labels', datatype: 'BYTES', shape: [-1] },
]
/** x1, y1, x2, y2 in pixels of the image as a person sees it. */
const BOXES: OutputDescription = { name: 'boxes', datatype: 'FP32', shape: [-1, 4] }

export const OUTPUTS: Record<Task, OutputDescription[]> = {
  classify: COMMON,
  detect: [BOXES, ...COMMON],
  // Outlines are of any length: each is JSON, a list of pairs.
  segment: [BOXES, ...COMMON, { name: 'segments', datatype: 'BYTES', shape: [-1] }],
  // x, y and how surely it is to be seen (1 where a model does not say).
  pose: [BOXES, ...COMMON, { name: 'keypoints', datatype: 'FP32', shape: [-1, -1, 3] }],
  // x1, y1 to x4, y4: the corners.
  obb: [{ ...BOXES, shape: [-1, 8] }, ...COMMON],
}

/** The answer to an infer request: JSON, and where binary data is wished for that behind it. */
export function toInferAnswer(job: Job, request: InferRequest): { body: Buffer; jsonBytes: number | null } {
  const tensors = chosen(tensorsOf(job), request)
  const binaries: Buffer[] = []
  const outputs = tensors.map(({ name, datatype, shape, data }) => {
    if (!request.wishes.isBinary(name)) return { name, datatype, shape, data }
    const binary = toBinary(datatype, data)
    binaries.push(binary)
    return { name, datatype, shape, parameters: { binary_data_size: binary.length } }
  })
  const answer = {
    model_name: job.model.name,
    model_version: job.model.version,
    id: request.id ?? job.id,
    parameters: { job: job.id, image_width: job.image.width, image_height: job.image.height },
    outputs,
  }
  const json = Buffer.from(JSON.stringify(answer))
  if (binaries.length === 0) return { body: json, jsonBytes: null }
  return { body: Buffer.concat([json, ...binaries]), jsonBytes: json.length }
}

function chosen(tensors: Tensor[], { wishes: { names } }: InferRequest): Tensor[] {
  return (names ?? tensors.map(({ name }) => name)).map((wanted) => {
    const tensor = tensors.find(({ name }) => name === wanted)
    if (tensor) return tensor
    const known = tensors.map(({ name }) => name).join(', ')
    throw new LupaError(
      'invalid_parameter',
      `There is no output ${JSON.stringify(wanted)}; there is ${known}.`,
    )
  })
}

function tensorsOf({ model: { task }, predictions }: Job): Tensor[] {
  const items = predictions ?? []
  return OUTPUTS[task].map(({ name, datatype, shape }) => {
    const rows = items.map((item) => rowOf(name, item))
    const data = rows.flat()
    const width = rows[0]?.length ?? 0
    const sized = shape.map((length, axis) => {
      if (axis === 0) return items.length
      return length === -1 ? width / 3 : length
    })
    return { name, datatype, shape: sized, data }
  })
}

function rowOf(name: string, item: PredictionItem): (number | string)[] {
  switch (name) {
    case 'boxes':
      return 'box' in item ? Object.values(item.box) : []
    case 'scores':
      return [item.confidence]
    case 'classes':
      return [item.class]
    case 'labels':
      return [item.name]
    case 'segments':
      return [JSON.stringify('segments' in item ? pairs(item.segments) : [])]
    case 'keypoints':
      return 'keypoints' in item ? triples(item.keypoints) : []
    default:
      throw new Error(`Nothing is known of the output ${name}`)
  }
}

const pairs = ({ x, y }: { x: number[]; y: number[] }) => x.map((value, index) => [value, y[index]])

function triples({ x, y, visible }: { x: number[]; y: number[]; visible?: number[] | undefined }): number[] {
  return x.flatMap((value, index) => [value, y[index] ?? 0, visible?.[index] ?? 1])
}

/** Lowest byte first; each text behind its length in four bytes. */
function toBinary(datatype: Tensor['datatype'], data: Tensor['data']): Buffer {
  if (datatype === 'FP32') {
    const buffer = Buffer.alloc(4 * data.length)
    for (const [index, value] of data.entries()) buffer.writeFloatLE(Number(value), 4 * index)
    return buffer
  }
  if (datatype === 'INT64') {
    const buffer = Buffer.alloc(8 * data.length)
    for (const [index, value] of data.entries()) buffer.writeBigInt64LE(BigInt(value), 8 * index)
    return buffer
  }
  return Buffer.concat(
    data.flatMap((value) => {
      const text = Buffer.from(String(value))
      const length = Buffer.alloc(4)
      length.writeUInt32LE(text.length)
      return [length, text]
    }),
  )
}
