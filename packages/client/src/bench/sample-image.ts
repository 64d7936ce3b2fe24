import { crc32, deflateSync } from 'node:zlib'

/** A PNG of 64 × 64 pixels that shades from one corner to the other, for whoever has no picture at hand. */
export function sampleImage(): Uint8Array<ArrayBuffer> {
  const size = 64
  const rows = Buffer.alloc(size * (1 + 3 * size))
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const at = y * (1 + 3 * size) + 1 + 3 * x
      rows.set([4 * x, 4 * y, 255 - 2 * (x + y)], at)
    }
  }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(size, 0)
  header.writeUInt32BE(size, 4)
  // Eight bits, RGB.
  header.set([8, 2], 8)
  const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
  const chunks = [chunk('IHDR', header), chunk('IDAT', deflateSync(rows)), chunk('IEND', Buffer.alloc(0))]
  return new Uint8Array(Buffer.concat([Buffer.from(signature), ...chunks]))
}

function chunk(type: string, data: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type), data])
  const framed = Buffer.alloc(8)
  framed.writeUInt32BE(data.length, 0)
  framed.writeUInt32BE(crc32(named), 4)
  return Buffer.concat([framed.subarray(0, 4), named, framed.subarray(4)])
}

/** The same picture in other bytes: decoders stop at the end of an image, and digests do not. */
export function distinct(image: Uint8Array, mark: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.concat([image, Buffer.from(`lupa ${mark}`)]))
}
