import type { Box } from '../domain/box.ts'
import type { Classification } from '../domain/prediction.ts'
import type { Size } from '../domain/size.ts'
import {
  boundsOf,
  type Corner,
  cornersOf,
  isLocated,
  isMasked,
  isOriented,
  isPosed,
  isSegmented,
  type Located,
} from './detections.ts'
import { isDrawn, keypointsOf, skeletonOf } from './keypoints.ts'
import { type PlacedLabel, placeLabels } from './labels.ts'
import { colourOf, inkOn, type PaletteName } from './palette.ts'
import type { PredictedJob } from './predicted-job.ts'
import { pointsOf, ringsOf } from './rings.ts'
import { textWidth } from './text-width.ts'
import { toXmlText } from './xml-text.ts'

export const LABELS = ['full', 'name', 'none'] as const
export type Labels = (typeof LABELS)[number]

export interface SvgOptions {
  palette?: PaletteName | undefined
  /** `full`: name and confidence. */
  labels?: Labels | undefined
  /** In pixels of the image; not given: as suits its size. */
  lineWidth?: number | undefined
  /** What lies beneath: a link to the image, or the image itself as a `data:` URL. Not given: nothing. */
  imageHref?: string | undefined
}

/** The prediction drawn, of the size of the image. */
export function toSvg(job: PredictedJob, options: SvgOptions = {}): string {
  const { width, height } = job.image
  const style = styleFor(job.image, options)
  const title = `${job.image_name ?? job.id}: ${job.predictions.length} of ${job.model.name}`
  const underlay =
    options.imageHref === undefined
      ? ''
      : `<image href="${toXmlText(options.imageHref)}" width="${width}" height="${height}" preserveAspectRatio="none"/>`
  const drawing =
    job.model.task === 'classify'
      ? drawClasses(job, style)
      : drawDetections(job.predictions.filter(isLocated), job, style)
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" ` +
    `font-family="Inter, 'DejaVu Sans', Verdana, Helvetica, Arial, sans-serif" font-weight="600" font-size="${n(style.fontSize)}">` +
    `<title>${toXmlText(title)}</title>${underlay}${drawing}</svg>\n`
  )
}

interface Style {
  lineWidth: number
  fontSize: number
  palette: PaletteName
  labels: Labels
}

/** About as thick as Ultralytics' plots have it: lines of 3 and letters of 18 pixels on an image of 1000 × 1000. */
function styleFor(
  { width, height }: Size,
  { palette = 'distinct', labels = 'full', lineWidth }: SvgOptions,
): Style {
  const line = lineWidth ?? Math.max(1.5, ((width + height) / 2) * 0.003)
  return { lineWidth: line, fontSize: Math.max(11, line * 6), palette, labels }
}

/** Shapes first, the surest on top, then all labels, so that no shape hides one. */
function drawDetections(items: readonly Located[], { image }: PredictedJob, style: Style): string {
  const drawn = items.map((item, at) => drawShape(item, at, image, style)).toReversed()
  const labelled = style.labels === 'none' ? [] : items
  const placed = placeLabels(
    labelled.map((item) => ({ text: labelOf(item, style), anchor: anchorOf(item, image) })),
    { ...style, image },
  )
  const labels = placed.map((label, at) => drawLabel(label, items[at] as Located, style)).toReversed()
  return `${drawn.join('')}${labels.join('')}`
}

function drawShape(item: Located, at: number, image: Size, style: Style): string {
  const colour = colourOf(item.class, style.palette)
  const about =
    `data-detection="${at}" data-class="${item.class}" data-name="${toXmlText(item.name)}" ` +
    `data-confidence="${item.confidence}"`
  const title = `<title>${toXmlText(`${item.name} ${item.confidence.toFixed(2)}`)}</title>`
  return `<g ${about} stroke-linejoin="round" stroke-linecap="round">${title}${outlineOf(item, colour, image, style)}</g>`
}

function outlineOf(item: Located, colour: string, image: Size, style: Style): string {
  const { lineWidth } = style
  if (isOriented(item))
    return stroked(`<path d="${pathOf([cornersOf(item)])}" fill="none"`, colour, lineWidth)
  if (isSegmented(item) || isMasked(item)) {
    const rings = ringsOf(item)
    const shown = rings.length === 0 && isSegmented(item) ? [pointsOf(item)] : rings
    const mask = `<path d="${pathOf(shown)}" fill="${colour}" fill-opacity="0.4" stroke="${colour}" stroke-width="${n(lineWidth / 2)}"/>`
    return mask + stroked(rectangle(boundsOf(item, image), lineWidth), colour, lineWidth / 2)
  }
  const box = stroked(rectangle(boundsOf(item, image), lineWidth), colour, lineWidth)
  return isPosed(item) ? box + drawPose(item, style) : box
}

/** Whole inside the image, also where the box ends at its edge. */
function rectangle({ x1, y1, x2, y2 }: Box, lineWidth: number): string {
  return `<rect x="${n(x1)}" y="${n(y1)}" width="${n(x2 - x1)}" height="${n(y2 - y1)}" rx="${n(lineWidth)}" fill="none"`
}

/** On a wider and fainter line of the opposite brightness, so that it is seen on anything. */
function stroked(shape: string, colour: string, width: number): string {
  return (
    `${shape} stroke="${inkOn(colour)}" stroke-opacity="0.5" stroke-width="${n(width * 1.9)}"/>` +
    `${shape} stroke="${colour}" stroke-width="${n(width)}"/>`
  )
}

const pathOf = (rings: readonly (readonly Corner[])[]) =>
  rings.map((ring) => `M${ring.map(({ x, y }) => `${n(x)} ${n(y)}`).join('L')}Z`).join('')

type Posed = Extract<Located, { keypoints: unknown }>

/** By side, as far as they have one: COCO's odd keypoints from the second on are the left ones. */
const KEYPOINT_COLOURS = ['#f0e442', '#56b4e9', '#e69f00']

function drawPose(item: Posed, { lineWidth, palette }: Style): string {
  const keypoints = keypointsOf(item)
  const limbs = skeletonOf(keypoints.length)
  const isPerson = limbs.length > 0
  const colourAt = (at: number) =>
    isPerson
      ? (KEYPOINT_COLOURS[at === 0 ? 0 : 2 - (at % 2)] as string)
      : colourOf(item.class + 1 + at, palette)
  const lines = limbs.flatMap(([from, to]) => {
    const [a, b] = [keypoints[from - 1], keypoints[to - 1]]
    if (!a || !b || !isDrawn(a) || !isDrawn(b)) return []
    // A limb between the sides has the colour of neither.
    const colour = (from - to) % 2 === 0 ? colourAt(from - 1) : (KEYPOINT_COLOURS[0] as string)
    return stroked(`<path d="M${n(a.x)} ${n(a.y)}L${n(b.x)} ${n(b.y)}" fill="none"`, colour, lineWidth * 0.8)
  })
  const dots = keypoints.flatMap((point, at) =>
    isDrawn(point)
      ? `<circle cx="${n(point.x)}" cy="${n(point.y)}" r="${n(lineWidth * 2)}" fill="${colourAt(at)}" stroke="#000000" stroke-opacity="0.6" stroke-width="${n(lineWidth * 0.5)}"/>`
      : [],
  )
  return [...lines, ...dots].join('')
}

function labelOf({ name, confidence }: Located, { labels }: Style): string {
  return labels === 'name' ? name : `${name} ${confidence.toFixed(2)}`
}

/** What a label is put at: the box, or of a rotated one its highest corner. */
function anchorOf(item: Located, image: Size): Box {
  if (!isOriented(item)) return boundsOf(item, image)
  const [highest] = cornersOf(item).toSorted((a, b) => a.y - b.y) as [Corner]
  const bounds = boundsOf(item, image)
  return { ...bounds, x1: Math.min(Math.max(highest.x, 0), image.width) }
}

function drawLabel(
  { text, box, baseline, padding }: PlacedLabel,
  item: Located,
  { palette, lineWidth }: Style,
): string {
  const colour = colourOf(item.class, palette)
  const { x1, y1, x2, y2 } = box
  return (
    `<rect x="${n(x1)}" y="${n(y1)}" width="${n(x2 - x1)}" height="${n(y2 - y1)}" rx="${n(lineWidth)}" fill="${colour}"/>` +
    drawText(text, { x: x1 + padding, y: baseline, length: x2 - x1 - 2 * padding, colour: inkOn(colour) })
  )
}

function drawText(text: string, at: { x: number; y: number; length: number; colour: string }): string {
  const fit = `textLength="${n(at.length)}" lengthAdjust="spacingAndGlyphs"`
  return `<text x="${n(at.x)}" y="${n(at.y)}" fill="${at.colour}" ${fit} xml:space="preserve">${toXmlText(text)}</text>`
}

/** The classes as a list with bars, in the corner that is read first. */
function drawClasses(
  { predictions, image }: PredictedJob,
  { fontSize, labels, palette, lineWidth }: Style,
): string {
  if (labels === 'none' || predictions.length === 0) return ''
  const texts = predictions.map(({ name, confidence }) =>
    labels === 'name' ? name : `${name} ${confidence.toFixed(2)}`,
  )
  const padding = fontSize * 0.6
  const rowHeight = fontSize * 1.7
  const widest = Math.max(...texts.map((text) => textWidth(text, fontSize)))
  const textSpace = Math.min(widest, Math.max(1, image.width - 4 * padding))
  const panel = { width: textSpace + 2 * padding, height: predictions.length * rowHeight + padding }
  const rows = predictions.map((item: Classification | Located, at) => {
    const top = padding + at * rowHeight
    const text = texts[at] as string
    const length = (textWidth(text, fontSize) * textSpace) / widest
    const bar = Math.max(0, Math.min(1, item.confidence)) * textSpace
    return (
      drawText(text, { x: 2 * padding, y: padding + top + fontSize * 0.7, length, colour: '#ffffff' }) +
      `<rect x="${n(2 * padding)}" y="${n(padding + top + fontSize * 0.95)}" width="${n(bar)}" height="${n(lineWidth)}" fill="${colourOf(item.class, palette)}"/>`
    )
  })
  return (
    `<rect x="${n(padding)}" y="${n(padding)}" width="${n(panel.width)}" height="${n(panel.height)}" rx="${n(2 * lineWidth)}" fill="#000000" fill-opacity="0.65"/>` +
    rows.join('')
  )
}

/** Hundredths of a pixel are enough. */
const n = (value: number) => String(Math.round(value * 100) / 100)
