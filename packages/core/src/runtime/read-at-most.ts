/** All of a stream; null when it has more bytes than that, of which no more are read. */
export async function readAtMost(
  stream: AsyncIterable<Buffer | string>,
  maxBytes: number,
): Promise<Buffer | null> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of stream) {
    bytes += chunk.length
    if (bytes > maxBytes) return null
    chunks.push(Buffer.from(chunk))
  }
  return Buffer.concat(chunks, bytes)
}
