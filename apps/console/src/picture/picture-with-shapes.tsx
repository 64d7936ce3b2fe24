import type { PredictionItem } from '@lupa/core/domain/prediction'
import { useEffect, useRef, useState } from 'preact/hooks'
import { useNumbers } from '../words/use-numbers.ts'
import { useWords } from '../words/use-words.ts'
import { classColour } from './class-colour.ts'
import { type Shape, shapeOf, toPointList } from './shape-of.ts'

export interface PictureWithShapesProps {
  src: string
  /** Pixels, as a person sees it. */
  width: number
  height: number
  name: string
  items: readonly PredictionItem[]
  lit?: number | null
  onLight?: (index: number | null) => void
  withLabels?: boolean
  withShapes?: boolean
  compact?: boolean
}

/** A label's height on the screen, in pixels. */
const LABEL_PX = 13

/** A picture, and over it what was detected. Shapes are in pixels of the picture, labels in those of the screen. */
export function PictureWithShapes(props: PictureWithShapesProps) {
  const { src, width, height, name, items, lit = null, onLight, withLabels = true, withShapes = true } = props
  const words = useWords()
  const frame = useRef<HTMLDivElement>(null)
  const shownWidth = useShownWidth(frame)
  const [isGone, setGone] = useState(false)
  const perPixel = shownWidth > 0 ? width / shownWidth : 1
  const summary = summarize(items) || words.common.none

  return (
    <div
      ref={frame}
      class={`picture${props.compact ? ' compact' : ''}${lit === null ? '' : ' has-lit'}`}
      style={{ aspectRatio: `${width} / ${height}`, '--ratio': String(width / height) }}
    >
      {isGone ? (
        <p class="picture-gone">{words.job.pictureGone}</p>
      ) : (
        <img src={src} alt={words.job.pictureOf(name)} onError={() => setGone(true)} />
      )}
      {withShapes && (
        <svg
          viewBox={`0 0 ${width} ${height}`}
          preserveAspectRatio="none"
          role="img"
          aria-label={words.job.pictureWith(summary)}
        >
          {items.map((item, index) => {
            const shape = shapeOf(item)
            return (
              shape && (
                <DrawnShape
                  key={index}
                  item={item}
                  shape={shape}
                  perPixel={perPixel}
                  pictureWidth={width}
                  isLit={lit === index}
                  withLabel={withLabels && !props.compact}
                  onLight={(isOver) => onLight?.(isOver ? index : null)}
                />
              )
            )
          })}
        </svg>
      )}
    </div>
  )
}

interface DrawnShapeProps {
  item: PredictionItem
  shape: Shape
  perPixel: number
  pictureWidth: number
  isLit: boolean
  withLabel: boolean
  onLight: (isOver: boolean) => void
}

function DrawnShape({ item, shape, perPixel, pictureWidth, isLit, withLabel, onLight }: DrawnShapeProps) {
  const colour = classColour(item.class)
  const { outline, mask, keypoints, bones } = shape
  return (
    <g
      class={`shape${isLit ? ' lit' : ''}`}
      data-class={item.name}
      onPointerEnter={() => onLight(true)}
      onPointerLeave={() => onLight(false)}
    >
      <polygon class="halo" points={toPointList(outline)} vector-effect="non-scaling-stroke" />
      <polygon
        class="box"
        points={toPointList(outline)}
        stroke={colour}
        fill={colour}
        vector-effect="non-scaling-stroke"
      />
      {mask && (
        <polygon
          class="mask"
          points={toPointList(mask)}
          stroke={colour}
          fill={colour}
          fill-rule="evenodd"
          vector-effect="non-scaling-stroke"
        />
      )}
      {bones.map(([from, to], index) => (
        <line
          key={index}
          class="bone"
          x1={from.x}
          y1={from.y}
          x2={to.x}
          y2={to.y}
          stroke={colour}
          vector-effect="non-scaling-stroke"
        />
      ))}
      {keypoints.map(({ x, y }, index) => (
        <circle
          key={index}
          class="keypoint"
          cx={x}
          cy={y}
          r={(isLit ? 5 : 3.5) * perPixel}
          fill={colour}
          vector-effect="non-scaling-stroke"
        />
      ))}
      {withLabel && (
        <ShapeLabel
          item={item}
          shape={shape}
          colour={colour}
          perPixel={perPixel}
          pictureWidth={pictureWidth}
        />
      )}
    </g>
  )
}

interface ShapeLabelProps {
  item: PredictionItem
  shape: Shape
  colour: string
  perPixel: number
  pictureWidth: number
}

/** Above its shape, or just inside it at the upper edge of the picture. */
function ShapeLabel({ item, shape: { anchor }, colour, perPixel, pictureWidth }: ShapeLabelProps) {
  const { percent } = useNumbers()
  const text = `${item.name} ${percent(item.confidence)}`
  const size = LABEL_PX * perPixel
  const height = size * 1.45
  const width = (textWidthPx(text) + LABEL_PX * 0.7) * perPixel
  const x = Math.max(0, Math.min(anchor.x, pictureWidth - width))
  const y = anchor.y - height < 0 ? Math.max(0, anchor.y) : anchor.y - height
  return (
    <g class="label" aria-hidden="true">
      <rect x={x} y={y} width={width} height={height} rx={3 * perPixel} fill={colour} />
      <text x={x + size * 0.35} y={y + height * 0.73} font-size={size}>
        {text}
      </text>
    </g>
  )
}

let ruler: OffscreenCanvasRenderingContext2D | null | undefined

function textWidthPx(text: string): number {
  ruler ??= new OffscreenCanvas(1, 1).getContext('2d')
  if (!ruler) return text.length * LABEL_PX * 0.65
  ruler.font = `600 ${LABEL_PX}px system-ui, sans-serif`
  return ruler.measureText(text).width
}

/** `2 person, 1 bus`. */
function summarize(items: readonly PredictionItem[]): string {
  const counts = new Map<string, number>()
  for (const { name } of items) counts.set(name, (counts.get(name) ?? 0) + 1)
  return [...counts].map(([name, count]) => `${count} ${name}`).join(', ')
}

function useShownWidth(frame: { current: HTMLElement | null }): number {
  const [width, setWidth] = useState(0)
  useEffect(() => {
    const element = frame.current
    if (!element) return undefined
    const observer = new ResizeObserver(([entry]) => setWidth(entry?.contentRect.width ?? 0))
    observer.observe(element)
    return () => observer.disconnect()
  }, [frame])
  return width
}
