import type { Task } from '../domain/prediction.ts'
import { type CocoOptions, toCoco } from './coco.ts'
import { toCsv } from './csv.ts'
import { stemOf } from './file-name.ts'
import { toGeojson } from './geojson.ts'
import { toLabelme } from './labelme.ts'
import { toNative } from './native.ts'
import type { PredictedJob } from './predicted-job.ts'
import { type SvgOptions, toSvg } from './svg.ts'
import { toYolo } from './yolo.ts'

export const FORMAT_NAMES = ['native', 'coco', 'yolo', 'labelme', 'csv', 'svg', 'geojson'] as const
export type FormatName = (typeof FORMAT_NAMES)[number]

export interface FormatOptions extends CocoOptions, SvgOptions {
  /** YOLO: each detection ends with its confidence. */
  saveConf?: boolean | undefined
}

export interface Format {
  /** What it is, for people. */
  title: string
  /** What it is in an `Accept` header, and comes as; no two formats have the same. */
  mediaType: string
  /** Added to the name of the image, without its own extension. */
  extension: string
  /** Of which tasks a prediction can be written so. */
  tasks: readonly Task[]
  write: (job: PredictedJob, options: FormatOptions) => string
}

const ALL: readonly Task[] = ['classify', 'detect', 'segment', 'pose', 'obb']
const LOCATED: readonly Task[] = ['detect', 'segment', 'pose', 'obb']

/** Every shape that a prediction comes in: the one place to add another. Of what a client takes alike, the first is sent. */
export const FORMATS: Record<FormatName, Format> = {
  native: {
    title: 'the job',
    mediaType: 'application/json',
    extension: '.json',
    tasks: ALL,
    write: toNative,
  },
  coco: {
    title: 'COCO annotations',
    mediaType: 'application/vnd.lupa.coco+json',
    extension: '.coco.json',
    tasks: LOCATED,
    write: toCoco,
  },
  yolo: {
    title: 'labels as of YOLO',
    mediaType: 'text/plain',
    extension: '.txt',
    tasks: ALL,
    write: toYolo,
  },
  labelme: {
    title: 'a file of labelme',
    mediaType: 'application/vnd.lupa.labelme+json',
    extension: '.labelme.json',
    tasks: LOCATED,
    write: toLabelme,
  },
  csv: { title: 'a table', mediaType: 'text/csv', extension: '.csv', tasks: ALL, write: toCsv },
  svg: { title: 'a drawing', mediaType: 'image/svg+xml', extension: '.svg', tasks: ALL, write: toSvg },
  geojson: {
    title: 'GeoJSON, in pixels',
    mediaType: 'application/geo+json',
    extension: '.geojson',
    tasks: LOCATED,
    write: toGeojson,
  },
}

export function formatsOf(task: Task): FormatName[] {
  return FORMAT_NAMES.filter((name) => FORMATS[name].tasks.includes(task))
}

/** What to call a file of the format. */
export function formattedName(job: PredictedJob, format: FormatName): string {
  return `${stemOf(job)}${FORMATS[format].extension}`
}
