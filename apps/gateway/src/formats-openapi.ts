import { FORMAT_NAMES, FORMATS, type FormatName } from '@lupa/core/formats/formats'
import type { PredictedJob } from '@lupa/core/formats/predicted-job'

const EXAMPLE: PredictedJob = {
  id: '019ab0c8-5c00-7a1e-8f3a-2b6d1c9e4f70',
  created_at: '2026-11-23T12:00:00.000Z',
  image_name: 'rua.jpg',
  image: { width: 1280, height: 720, format: 'jpeg' },
  model: { name: 'coco', version: '2', task: 'detect' },
  predictions: [
    { name: 'person', class: 0, confidence: 0.91207, box: { x1: 320.5, y1: 180.25, x2: 480, y2: 610.75 } },
  ],
}

const contentOf = (name: FormatName) => {
  const { mediaType, write } = FORMATS[name]
  const text = write(EXAMPLE, {})
  const example: unknown = mediaType.endsWith('json') ? JSON.parse(text) : text
  const schema = { type: mediaType.endsWith('json') ? 'object' : 'string' }
  return [mediaType, { schema, example }] as const
}

/** What a job comes as, with an example of each made the way real ones are. */
export const FORMATS_CONTENT: Record<string, { schema?: unknown; example?: unknown }> = Object.fromEntries([
  ['application/json', { schema: { $ref: '#/components/schemas/Job' } }],
  ...FORMAT_NAMES.filter((name) => name !== 'native').map(contentOf),
])
