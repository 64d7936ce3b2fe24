/**
 * An image to send: its bytes in any form, or the address where the gateway may fetch it (http or https). In
 * Node a text that is no address is the path of a file.
 */
export type ImageSource =
  | Blob
  | ArrayBuffer
  | ArrayBufferView
  | ReadableStream<Uint8Array>
  | AsyncIterable<Uint8Array>
  | URL
  | string

/** An image ready to be sent, as often as need be. */
export type OutgoingImage = { blob: Blob; name: string | undefined } | { url: string }

/** Reads what text means that is no address. */
export type ReadPath = (path: string) => Promise<OutgoingImage>

export async function toOutgoing(source: ImageSource, readPath: ReadPath): Promise<OutgoingImage> {
  if (typeof source === 'string' || source instanceof URL) return fromText(String(source), readPath)
  if (source instanceof Blob) {
    return { blob: source, name: 'name' in source ? String(source.name) : undefined }
  }
  if (source instanceof ArrayBuffer || ArrayBuffer.isView(source)) return withoutName([source as Part])
  if (typeof source === 'object' && source !== null) {
    if (source instanceof ReadableStream) return { blob: await new Response(source).blob(), name: undefined }
    if (Symbol.asyncIterator in source) return withoutName(await collect(source))
  }
  throw new TypeError(
    `An image is a Blob, a File, an ArrayBuffer, a Uint8Array, a stream of bytes, a URL or (in Node) a path, not ${String(source)}.`,
  )
}

/** What a Blob is made of. */
type Part = ArrayBuffer | Uint8Array<ArrayBuffer>

const withoutName = (parts: Part[]) => ({ blob: new Blob(parts), name: undefined })

async function fromText(text: string, readPath: ReadPath): Promise<OutgoingImage> {
  if (/^https?:\/\//i.test(text)) return { url: text }
  if (/^data:/i.test(text)) return { blob: await (await fetch(text)).blob(), name: undefined }
  return readPath(text)
}

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Part[]> {
  const parts: Part[] = []
  for await (const chunk of chunks) parts.push(chunk as Part)
  return parts
}
