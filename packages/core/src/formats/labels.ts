import type { Box } from '../domain/box.ts'
import type { Size } from '../domain/size.ts'
import { textWidth } from './text-width.ts'

export interface Label {
  text: string
  /** The box that it names. */
  anchor: Box
}

export interface PlacedLabel {
  text: string
  box: Box
  baseline: number
  padding: number
}

/** Each at its box, inside the image, and where there is room not over another one; the first choose first. */
export function placeLabels(
  labels: readonly Label[],
  { image, fontSize, lineWidth }: { image: Size; fontSize: number; lineWidth: number },
): PlacedLabel[] {
  const padding = fontSize * 0.35
  const height = fontSize * 1.35
  const taken: Box[] = []
  return labels.map(({ text, anchor }) => {
    const width = Math.min(textWidth(text, fontSize) + 2 * padding, image.width)
    const half = lineWidth / 2
    const left = anchor.x1 - half
    const right = anchor.x2 + half - width
    const places = [
      { x: left, y: anchor.y1 + half - height },
      { x: left, y: anchor.y1 - half },
      { x: right, y: anchor.y1 + half - height },
      { x: left, y: anchor.y2 - half },
      { x: left, y: anchor.y2 + half - height },
      { x: right, y: anchor.y2 - half },
    ].filter(({ y }) => y >= 0 && y + height <= image.height)
    const boxAt = ({ x, y }: { x: number; y: number }): Box => {
      const x1 = Math.min(Math.max(x, 0), image.width - width)
      const y1 = Math.min(Math.max(y, 0), Math.max(0, image.height - height))
      return { x1, y1, x2: x1 + width, y2: y1 + height }
    }
    const fallback = { x: left, y: anchor.y1 - half }
    const boxes = [...places, fallback].map(boxAt)
    const box = boxes.find((one) => !taken.some((other) => meet(one, other))) ?? boxAt(places[0] ?? fallback)
    taken.push(box)
    return { text, box, baseline: box.y1 + fontSize * 1.02, padding }
  })
}

const meet = (a: Box, b: Box) => a.x1 < b.x2 && b.x1 < a.x2 && a.y1 < b.y2 && b.y1 < a.y2
