import type { Size } from './size.ts'

/** Which pixels of the model's input belong to a detection: a window that the mask touches on all sides. */
export interface Mask extends Size {
  left: number
  top: number
  /** Row by row, 1 where the mask is. */
  bits: Uint8Array
}

/**
 * A mask in few bytes, from its spans in raster order, three numbers each: the row, the first pixel and
 * the one after the last. Written are left, top, width, height, then the lengths of
 * runs without and with the mask in turn, row by row through its window. All are LEB128; a mask without
 * a pixel is empty.
 */
export function encodeMask(spans: readonly number[]): Uint8Array {
  if (spans.length === 0) return new Uint8Array(0)
  const top = spans[0] as number
  const bottom = spans.at(-3) as number
  let left = Number.POSITIVE_INFINITY
  let right = 0
  for (let at = 0; at < spans.length; at += 3) {
    left = Math.min(left, spans[at + 1] as number)
    right = Math.max(right, spans[at + 2] as number)
  }
  const width = right - left
  const bytes: number[] = []
  for (const number of [left, top, width, bottom - top + 1]) pushNumber(bytes, number)

  let runStart = 0
  let runEnd = 0
  for (let at = 0; at < spans.length; at += 3) {
    const rowAt = ((spans[at] as number) - top) * width - left
    const start = rowAt + (spans[at + 1] as number)
    // A run that goes on in the next row is one run.
    if (start !== runEnd || runEnd === 0) {
      if (runEnd > 0) pushNumber(bytes, runEnd - runStart)
      pushNumber(bytes, start - runEnd)
      runStart = start
    }
    runEnd = rowAt + (spans[at + 2] as number)
  }
  pushNumber(bytes, runEnd - runStart)
  return Uint8Array.from(bytes)
}

/** The inverse of encodeMask. */
export function decodeMask(encoded: Uint8Array): Mask {
  const reader = { bytes: encoded, at: 0 }
  if (encoded.length === 0) return { left: 0, top: 0, width: 0, height: 0, bits: new Uint8Array(0) }
  const left = readNumber(reader)
  const top = readNumber(reader)
  const width = readNumber(reader)
  const height = readNumber(reader)
  const bits = new Uint8Array(width * height)
  for (let at = 0; reader.at < encoded.length; ) {
    at += readNumber(reader)
    const run = readNumber(reader)
    bits.fill(1, at, at + run)
    at += run
  }
  return { left, top, width, height, bits }
}

/** Encoded masks one after another, each after its length: base64. */
export function packMasks(masks: readonly Uint8Array[]): string {
  const parts = masks.flatMap((mask) => {
    const length: number[] = []
    pushNumber(length, mask.length)
    return [Uint8Array.from(length), mask]
  })
  return Buffer.concat(parts).toString('base64')
}

/** The inverse of packMasks; the masks themselves are decoded one by one, as they are needed. */
export function unpackMasks(packed: string): Uint8Array[] {
  const reader = { bytes: Buffer.from(packed, 'base64'), at: 0 }
  const masks: Uint8Array[] = []
  while (reader.at < reader.bytes.length) {
    const length = readNumber(reader)
    masks.push(reader.bytes.subarray(reader.at, reader.at + length))
    reader.at += length
  }
  return masks
}

function pushNumber(bytes: number[], number: number): void {
  let rest = number
  for (; rest >= 0x80; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80)
  bytes.push(rest)
}

function readNumber(reader: { bytes: Uint8Array; at: number }): number {
  let number = 0
  for (let shift = 0; ; shift += 7) {
    const byte = reader.bytes[reader.at++] as number
    number |= (byte & 0x7f) << shift
    if (byte < 0x80) return number
  }
}
