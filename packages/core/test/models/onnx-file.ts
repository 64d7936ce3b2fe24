/** The bytes of an ONNX file with this metadata. It holds a graph, but not one that runs. */
export function onnxFile(metadata: Record<string, string>, { graphBytes = 100 } = {}): Buffer {
  return Buffer.concat([
    Buffer.from([0x08, 9]),
    field(2, Buffer.from('pytorch')),
    field(7, Buffer.alloc(graphBytes, 0xff)),
    field(8, Buffer.from([0x10, 17])),
    ...Object.entries(metadata).map(([key, value]) =>
      field(14, Buffer.concat([field(1, Buffer.from(key)), field(2, Buffer.from(value))])),
    ),
  ])
}

export const CLASSIFIER = {
  task: 'classify',
  names: "{0: 'open', 1: 'closed'}",
  imgsz: '[224, 224]',
  stride: '1',
}

export function field(number: number, content: Buffer): Buffer {
  return Buffer.concat([varint(number * 8 + 2), varint(content.length), content])
}

export function varint(value: number): Buffer {
  const bytes: number[] = []
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...bytes, rest])
    bytes.push((rest % 128) + 128)
  }
}
