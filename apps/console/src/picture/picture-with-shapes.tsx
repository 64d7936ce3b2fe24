import type { PredictionItem } from '@lupa/core/domain/prediction'
import type { Size } from '@lupa/core/domain/size'
import { boundsOf, isLocated, type Located } from '@lupa/core/formats/detections'
import { type PlacedLabel, placeLabels } from '@lupa/core/formats/labels'
import { colourOf, inkOn } from '@lupa/core/formats/palette'
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { useNumbers } from '../words/use-numbers.ts'
import { useWords } from '../words/use-words.ts'
import { shapeOf, toPointList } from './shape-of.ts'

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
const LINE_PX = 2

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
          <Shapes items={items} lit={lit} perPixel={perPixel} {...(onLight ? { onLight } : {})} />
          {withLabels && !props.compact && (
            <Labels items={items} lit={lit} perPixel={perPixel} image={{ width, height }} />
          )}
        </svg>
      )}
    </div>
  )
}

interface DrawnProps {
  items: readonly PredictionItem[]
  lit: number | null
  /** Pixels of the picture for one of the screen. */
  perPixel: number
}

/** The surest on top. */
function Shapes({ items, lit, perPixel, onLight }: DrawnProps & Pick<PictureWithShapesProps, 'onLight'>) {
  return (
    <>
      {items
        .map((item, index) => (
          <DrawnShape
            key={index}
            item={item}
            perPixel={perPixel}
            isLit={lit === index}
            onLight={(isOver) => onLight?.(isOver ? index : null)}
          />
        ))
        .toReversed()}
    </>
  )
}

interface DrawnShapeProps {
  item: PredictionItem
  perPixel: number
  isLit: boolean
  onLight: (isOver: boolean) => void
}

function DrawnShape({ item, perPixel, isLit, onLight }: DrawnShapeProps) {
  const shape = shapeOf(item)
  if (!shape) return null
  const colour = colourOf(item.class)
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
    </g>
  )
}

/** With more labels than one for so many pixels of its width, a picture would hide behind them. */
const LABEL_EVERY_PX = 35

/** Of the surest, and of the one that is lit; where there is room, none over another. */
function Labels({ items, lit, perPixel, image }: DrawnProps & { image: Size }) {
  const { percent } = useNumbers()
  const fontSize = LABEL_PX * perPixel
  const placed = useMemo(() => {
    const labelled = items.map((item, index) => ({ item, index })).filter(({ item }) => isLocated(item))
    const most = Math.max(5, Math.round(image.width / perPixel / LABEL_EVERY_PX))
    const first = labelled.slice(0, most)
    const shown = lit === null || lit < most ? first : [...first, ...labelled.slice(lit, lit + 1)]
    const labels = shown.map(({ item }) => ({
      text: `${item.name} ${percent(item.confidence)}`,
      anchor: boundsOf(item as Located, image),
    }))
    const places = placeLabels(labels, { image, fontSize, lineWidth: LINE_PX * perPixel })
    return shown.map((one, at) => ({ ...one, place: places[at] as PlacedLabel })).toReversed()
  }, [items, lit, fontSize, image.width, image.height, percent])
  return (
    <g class="labels" aria-hidden="true">
      {placed.map(({ item, index, place: { text, box, baseline, padding } }) => {
        const colour = colourOf(item.class)
        return (
          <g key={index} class={`label${lit === index ? ' lit' : ''}`}>
            <rect
              x={box.x1}
              y={box.y1}
              width={box.x2 - box.x1}
              height={box.y2 - box.y1}
              rx={3 * perPixel}
              fill={colour}
            />
            <text
              x={box.x1 + padding}
              y={baseline}
              font-size={fontSize}
              fill={inkOn(colour)}
              textLength={box.x2 - box.x1 - 2 * padding}
              lengthAdjust="spacingAndGlyphs"
            >
              {text}
            </text>
          </g>
        )
      })}
    </g>
  )
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
