import type { Point } from '../../src/domain/mask-outline.ts'
import type { Size } from '../../src/domain/size.ts'

/** The pixels whose centres lie within a polygon or on its edge: 1, row by row. The centre of the first is (0, 0). */
export function fillPolygon(polygon: readonly Point[], { width, height }: Size): Uint8Array {
  const bits = new Uint8Array(width * height)
  for (let y = 0; y < height; y++) {
    fillRow(polygon, y, bits.subarray(y * width, (y + 1) * width))
  }
  return bits
}

function fillRow(polygon: readonly Point[], y: number, row: Uint8Array): void {
  const crossings: number[] = []
  polygon.forEach((from, at) => {
    const to = polygon[(at + 1) % polygon.length] as Point
    const [upper, lower] = from.y <= to.y ? [from, to] : [to, from]
    if (y < upper.y || y > lower.y) return
    if (upper.y === lower.y) return fill(row, Math.min(from.x, to.x), Math.max(from.x, to.x))
    const x = upper.x + ((y - upper.y) / (lower.y - upper.y)) * (lower.x - upper.x)
    fill(row, x, x)
    if (y < lower.y) crossings.push(x)
  })
  crossings.sort((a, b) => a - b)
  for (let at = 0; at + 1 < crossings.length; at += 2) {
    fill(row, crossings[at] as number, crossings[at + 1] as number)
  }
}

function fill(row: Uint8Array, from: number, to: number): void {
  row.fill(1, Math.max(0, Math.ceil(from - 1e-9)), Math.max(0, Math.floor(to + 1e-9) + 1))
}
