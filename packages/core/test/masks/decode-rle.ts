import type { CocoRle } from '../../src/domain/coco-rle.ts'

/** The lengths of its runs: maskApi.c's rleFrString. */
export function countsOf({ counts }: CocoRle): number[] {
  const lengths: number[] = []
  for (let at = 0; at < counts.length; ) {
    let length = 0
    let shift = 0
    let character: number
    do {
      character = counts.charCodeAt(at++) - 48
      length |= (character & 0x1f) << shift
      shift += 5
    } while (character & 0x20)
    if (character & 0x10) length |= -1 << shift
    lengths.push(lengths.length > 2 ? length + (lengths.at(-2) as number) : length)
  }
  return lengths
}

/** The picture it encodes, row by row: maskApi.c's rleDecode. */
export function decodeRle(rle: CocoRle): Uint8Array {
  const [height, width] = rle.size
  const bits = new Uint8Array(width * height)
  let pixel = 0
  countsOf(rle).forEach((length, run) => {
    for (const end = pixel + length; pixel < end; pixel++) {
      bits[(pixel % height) * width + Math.floor(pixel / height)] = run % 2
    }
  })
  return bits
}
