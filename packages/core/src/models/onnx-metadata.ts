import { type FileHandle, open } from 'node:fs/promises'

/** The file is no ONNX model; the message says what is wrong with it. */
export class NotOnnxError extends Error {
  override readonly name = 'NotOnnxError'
}

/** What an ONNX file says of itself beside its graph. */
export interface OnnxHeader {
  /** `metadata_props`: class names and the like. */
  metadata: Map<string, string>
  /** Who wrote the file, with a version where it says one; empty where it does not say. */
  producer: string
  /** The version of ONNX's own operators; null where the file does not say. */
  opset: number | null
}

export async function readOnnxMetadata(path: string): Promise<Map<string, string>> {
  return (await readOnnxHeader(path)).metadata
}

/**
 * Reads what ONNX Runtime's Node binding does not give. A model is a protobuf message
 * (https://onnx.ai/onnx/repo-docs/IR.html); its fields are walked and all but a few skipped, the graph
 * with its weights by length, so a large file costs a few small reads.
 */
export async function readOnnxHeader(path: string): Promise<OnnxHeader> {
  const file = await open(path)
  try {
    return await readModel({ file, size: (await file.stat()).size, chunk: Buffer.alloc(0), chunkAt: 0 })
  } finally {
    await file.close()
  }
}

/** Numbers of the fields of a ModelProto that matter here, and of the messages in it. */
const PRODUCER_NAME = 2
const PRODUCER_VERSION = 3
const GRAPH = 7
const OPSET_IMPORT = 8
const METADATA_PROPS = 14
const KEY = 1
const VALUE = 2
const DOMAIN = 1
const VERSION = 2

const MAX_ENTRY_BYTES = 4 * 1024 * 1024
/** Models have some dozens; only a file that is no model has more. */
const MAX_FIELDS = 100_000

interface Source {
  file: FileHandle
  size: number
  /** The part of the file read last, and where it begins. */
  chunk: Buffer
  chunkAt: number
}

async function readModel(source: Source): Promise<OnnxHeader> {
  await refusePointer(source)
  const metadata = new Map<string, string>()
  const producer = ['', '']
  let opset: number | null = null
  let hasGraph = false
  let at = 0
  for (let fields = 0; at < source.size; fields++) {
    if (fields > MAX_FIELDS) throw new NotOnnxError('it is no ONNX model')
    const field = readField(await bytesAt(source, at, 20), 0)
    const start = at + field.start
    const end = at + field.end
    if (end > source.size) {
      throw new NotOnnxError('it is no ONNX model, or it ends early; is it still being copied?')
    }
    if (field.number === GRAPH && field.isBytes) hasGraph = true
    const isSmall = field.isBytes && end - start <= MAX_ENTRY_BYTES
    if (isSmall && field.number === METADATA_PROPS) {
      const { key, value } = readEntry(await bytesAt(source, start, end - start))
      metadata.set(key, value)
    }
    if (isSmall && field.number === OPSET_IMPORT) {
      opset = readOwnOpset(await bytesAt(source, start, end - start)) ?? opset
    }
    if (isSmall && (field.number === PRODUCER_NAME || field.number === PRODUCER_VERSION)) {
      const text = (await bytesAt(source, start, end - start)).toString('utf8')
      producer[field.number - PRODUCER_NAME] = text
    }
    at = end
  }
  if (!hasGraph) throw new NotOnnxError('it is no ONNX model: it holds no graph')
  return { metadata, producer: producer.join(' ').trim(), opset }
}

/** The version of ONNX's own operators; undefined where the message is of others'. */
function readOwnOpset(bytes: Buffer): number | undefined {
  let domain = ''
  let version: number | undefined
  for (let at = 0; at < bytes.length; ) {
    const field = readField(bytes, at)
    if (field.end > bytes.length) throw new NotOnnxError('it is no ONNX model: its opset is damaged')
    if (field.number === DOMAIN && field.isBytes) domain = bytes.toString('utf8', field.start, field.end)
    if (field.number === VERSION && !field.isBytes) version = readVarint(bytes, field.start).value
    at = field.end
  }
  return domain === '' || domain === 'ai.onnx' ? version : undefined
}

async function refusePointer(source: Source): Promise<void> {
  if (source.size === 0) throw new NotOnnxError('it is empty')
  const start = (await bytesAt(source, 0, 40)).toString('latin1')
  if (start.startsWith('version https://git-lfs')) {
    throw new NotOnnxError('it is only a pointer to Git LFS; fetch the model with `git lfs pull`')
  }
}

function readEntry(bytes: Buffer): { key: string; value: string } {
  const entry = { key: '', value: '' }
  for (let at = 0; at < bytes.length; ) {
    const field = readField(bytes, at)
    if (field.end > bytes.length) throw new NotOnnxError('it is no ONNX model: its metadata is damaged')
    const text = () => bytes.toString('utf8', field.start, field.end)
    if (field.number === KEY && field.isBytes) entry.key = text()
    if (field.number === VALUE && field.isBytes) entry.value = text()
    at = field.end
  }
  return entry
}

interface Field {
  number: number
  /** Text, bytes or a message, rather than a number. */
  isBytes: boolean
  /** Where the content starts and ends, from the start of the bytes given. */
  start: number
  end: number
}

/** https://protobuf.dev/programming-guides/encoding/ */
function readField(bytes: Buffer, at: number): Field {
  const tag = readVarint(bytes, at)
  const number = Math.floor(tag.value / 8)
  if (number === 0) throw new NotOnnxError('it is no ONNX model')
  switch (tag.value % 8) {
    case 0:
      return { number, isBytes: false, start: tag.end, end: readVarint(bytes, tag.end).end }
    case 1:
      return { number, isBytes: false, start: tag.end, end: tag.end + 8 }
    case 2: {
      const length = readVarint(bytes, tag.end)
      return { number, isBytes: true, start: length.end, end: length.end + length.value }
    }
    case 5:
      return { number, isBytes: false, start: tag.end, end: tag.end + 4 }
    default:
      throw new NotOnnxError('it is no ONNX model')
  }
}

function readVarint(bytes: Buffer, at: number): { value: number; end: number } {
  let value = 0
  for (let index = 0; index < 10; index++) {
    const byte = bytes[at + index]
    if (byte === undefined)
      throw new NotOnnxError('it is no ONNX model, or it ends early; is it still being copied?')
    value += (byte & 0x7f) * 2 ** (7 * index)
    if (byte < 0x80) return { value, end: at + index + 1 }
  }
  throw new NotOnnxError('it is no ONNX model')
}

const CHUNK_BYTES = 64 * 1024

/** Fewer than `length` at the end of the file. */
async function bytesAt(source: Source, at: number, length: number): Promise<Buffer> {
  const wanted = Math.min(length, source.size - at)
  if (at < source.chunkAt || at + wanted > source.chunkAt + source.chunk.length) {
    const chunk = Buffer.alloc(Math.min(Math.max(wanted, CHUNK_BYTES), source.size - at))
    const { bytesRead } = await source.file.read(chunk, 0, chunk.length, at)
    source.chunk = chunk.subarray(0, bytesRead)
    source.chunkAt = at
  }
  return source.chunk.subarray(at - source.chunkAt, at - source.chunkAt + wanted)
}
