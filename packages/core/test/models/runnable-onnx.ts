import { field, varint } from './onnx-file.ts'

/** Numbers of ONNX's element types. */
const ELEMENT_TYPE = { float32: 1, uint8: 2, float16: 10 }

interface Input {
  type?: keyof typeof ELEMENT_TYPE
  /** [batch, 3, height, width]; a name stands for any length. */
  shape: readonly (number | string)[]
}

/**
 * The bytes of an ONNX model that runs: a classifier of three classes, each as sure as the picture is
 * red, green and blue.
 */
export function colourClassifier({ type = 'float32', shape }: Input): Buffer {
  return model([
    node('Cast', 'images', 'floats', intAttribute('to', ELEMENT_TYPE.float32)),
    node('GlobalAveragePool', 'floats', 'means'),
    node('Flatten', 'means', 'output0'),
    value(11, 'images', ELEMENT_TYPE[type], shape),
    value(12, 'output0', ELEMENT_TYPE.float32, [shape[0] ?? 1, 3]),
  ])
}

/** One that says the same of every picture. */
export function constantModel(
  input: Input,
  outputs: readonly { shape: number[]; data: Float32Array }[],
): Buffer {
  return model([
    value(11, 'images', ELEMENT_TYPE[input.type ?? 'float32'], input.shape),
    ...outputs.flatMap(({ shape, data }, at) => [
      node('Identity', `constant${at}`, `output${at}`),
      field(5, tensor(`constant${at}`, shape, data)),
      value(12, `output${at}`, ELEMENT_TYPE.float32, shape),
    ]),
  ])
}

function model(graph: Buffer[]): Buffer {
  return Buffer.concat([
    number(1, 8),
    field(7, Buffer.concat([field(2, Buffer.from('graph')), ...graph])),
    field(8, number(2, 13)),
  ])
}

function node(operator: string, input: string, output: string, attribute?: Buffer): Buffer {
  const parts = [text(1, input), text(2, output), text(4, operator)]
  return field(1, Buffer.concat(attribute ? [...parts, field(5, attribute)] : parts))
}

function intAttribute(name: string, content: number): Buffer {
  return Buffer.concat([text(1, name), number(3, content), number(20, 2)])
}

function value(fieldNumber: number, name: string, type: number, shape: readonly (number | string)[]): Buffer {
  const lengths = shape.map((length) =>
    field(1, typeof length === 'number' ? number(1, length) : text(2, length)),
  )
  const tensorType = Buffer.concat([number(1, type), field(2, Buffer.concat(lengths))])
  return field(fieldNumber, Buffer.concat([text(1, name), field(2, field(1, tensorType))]))
}

function tensor(name: string, shape: number[], data: Float32Array): Buffer {
  return Buffer.concat([
    ...shape.map((length) => number(1, length)),
    number(2, ELEMENT_TYPE.float32),
    text(8, name),
    field(9, Buffer.from(data.buffer, data.byteOffset, data.byteLength)),
  ])
}

const text = (fieldNumber: number, content: string) => field(fieldNumber, Buffer.from(content))
const number = (fieldNumber: number, content: number) =>
  Buffer.concat([varint(fieldNumber * 8), varint(content)])
