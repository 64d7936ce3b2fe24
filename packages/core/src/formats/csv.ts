import type { PredictionItem, Task } from '../domain/prediction.ts'
import { isLocated, isMasked, isPosed, isSegmented } from './detections.ts'
import { keypointsOf } from './keypoints.ts'
import type { PredictedJob } from './predicted-job.ts'
import { pointsOf, ringsOf } from './rings.ts'

type Cell = string | number | null

interface Column {
  name: string
  of: (job: PredictedJob, item: PredictionItem) => Cell
}

const COMMON: Column[] = [
  { name: 'job_id', of: ({ id }) => id },
  { name: 'image_name', of: ({ image_name: name }) => name },
  { name: 'image_width', of: ({ image }) => image.width },
  { name: 'image_height', of: ({ image }) => image.height },
  { name: 'model', of: ({ model }) => `${model.name}@${model.version}` },
  { name: 'class', of: (_job, item) => item.class },
  { name: 'name', of: (_job, item) => item.name },
  { name: 'confidence', of: (_job, item) => item.confidence },
]

const coordinate = (name: string): Column => ({
  name,
  of: (_job, item) => (isLocated(item) ? ((item.box as Record<string, number>)[name] ?? null) : null),
})

const BOX = ['x1', 'y1', 'x2', 'y2'].map(coordinate)
const OTHER_CORNERS = ['x3', 'y3', 'x4', 'y4'].map(coordinate)

/** Points as `x,y x,y`, as the `points` of SVG; the parts of a mask one after another, with a `;` between. */
const POLYGON: Column = {
  name: 'polygon',
  of: (_job, item) => {
    if (!isSegmented(item) && !isMasked(item)) return null
    const rings = ringsOf(item)
    const parts = rings.length === 0 && isSegmented(item) ? [pointsOf(item)] : rings
    return parts.map((ring) => ring.map(({ x, y }) => `${round(x)},${round(y)}`).join(' ')).join(';')
  },
}

/** Keypoints as `x,y,visible`, with a space between; `x,y` where the model does not say what is to be seen. */
const KEYPOINTS: Column = {
  name: 'keypoints',
  of: (_job, item) => {
    if (!isPosed(item)) return null
    return keypointsOf(item)
      .map(({ x, y, visible }) => [x, y, ...(visible === null ? [] : [visible])].map(round).join(','))
      .join(' ')
  },
}

const COLUMNS: Record<Task, Column[]> = {
  classify: COMMON,
  detect: [...COMMON, ...BOX],
  segment: [...COMMON, ...BOX, POLYGON],
  pose: [...COMMON, ...BOX, KEYPOINTS],
  obb: [...COMMON, ...BOX, ...OTHER_CORNERS],
}

/** One row for each item, for spreadsheets: RFC 4180, the columns named in the first row. */
export function toCsv(job: PredictedJob): string {
  return csvHeaderOf(job.model.task) + csvRowsOf(job)
}

export function csvHeaderOf(task: Task): string {
  return toRow(COLUMNS[task].map(({ name }) => name))
}

export function csvRowsOf(job: PredictedJob): string {
  const columns = COLUMNS[job.model.task]
  return job.predictions.map((item) => toRow(columns.map((column) => column.of(job, item)))).join('')
}

const toRow = (cells: Cell[]) => `${cells.map(toCell).join(',')}\r\n`

function toCell(cell: Cell): string {
  if (typeof cell !== 'string') return cell === null ? '' : String(cell)
  const text = isFormula(cell) ? `'${cell}` : cell
  return /[",\r\n;]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/**
 * What a spreadsheet would run: https://owasp.org/www-community/attacks/CSV_Injection. Numbers are none,
 * though they may begin with a minus; they come as numbers.
 */
const isFormula = (text: string) => /^\s*[=+\-@\t\r\n|＝＋－＠]/.test(text)

const round = (value: number) => Math.round(value * 100) / 100
