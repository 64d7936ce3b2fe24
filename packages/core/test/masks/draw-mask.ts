import type { Mask } from '../../src/domain/mask.ts'
import type { Size } from '../../src/domain/size.ts'

/** The spans of a picture's pixels, as `encodeMask` takes them: row, first pixel, the one after the last. */
export function spansOf(bits: Uint8Array, { width, height }: Size): number[] {
  const spans: number[] = []
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (!bits[y * width + x]) continue
      const start = x
      while (x < width && bits[y * width + x]) x++
      spans.push(y, start, x)
    }
  }
  return spans
}

/** A mask as a picture of that size. */
export function drawMask({ bits, left, top, width, height }: Mask, size: Size): Uint8Array {
  const drawn = new Uint8Array(size.width * size.height)
  for (let y = 0; y < height; y++) {
    drawn.set(bits.subarray(y * width, (y + 1) * width), (top + y) * size.width + left)
  }
  return drawn
}

/** A picture from rows of text, in which all but a dot is the mask. */
export function picture(...rows: string[]): Size & { bits: Uint8Array } {
  const width = rows[0]?.length ?? 0
  const bits = Uint8Array.from(rows.flatMap((row) => Array.from(row, (sign) => (sign === '.' ? 0 : 1))))
  return { width, height: rows.length, bits }
}
