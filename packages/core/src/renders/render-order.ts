import { z } from 'zod'
import { JobId } from '../domain/ids.ts'
import { Params } from '../domain/params.ts'
import { PALETTE_NAMES } from '../formats/palette.ts'
import { LABELS } from '../formats/svg.ts'

export const RASTERS = ['jpeg', 'webp', 'png'] as const
export const Raster = z.enum(RASTERS)
export type Raster = z.output<typeof Raster>

/** How what is redacted is made unknowable; of each region at most a few pixels' worth is left. */
export const REDACTIONS = ['blur', 'pixelate', 'fill'] as const

/** Wider or higher than this nothing is made; larger images are made smaller. */
export const MAX_SIDE = 4096

/** At most so many cut-outs are made of an image. */
export const MAX_CROPS = 300

/** What to make of an image and its prediction. */
export const Picture = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('annotated'),
    format: Raster,
    palette: z.enum(PALETTE_NAMES),
    labels: z.enum(LABELS),
    /** In pixels of the image; null: as suits its size. */
    lineWidth: z.number().nullable(),
    maxSide: z.int(),
  }),
  /** The image alone, as a JPEG that any browser shows. */
  z.object({ kind: z.literal('plain'), format: z.literal('jpeg'), maxSide: z.int() }),
  z.object({ kind: z.literal('redacted'), format: Raster, mode: z.enum(REDACTIONS), maxSide: z.int() }),
  z.object({ kind: z.literal('crops'), format: z.literal('zip') }),
])
export type Picture = z.output<typeof Picture>

/** What a worker is asked to make of a job. */
export const RenderOrder = z.object({
  jobId: JobId,
  client: z.string(),
  /** Says all that the order says but of which job: what it is kept under. */
  name: z.string(),
  picture: Picture,
  /** How the prediction is looked at. */
  params: Params,
})
export type RenderOrder = z.output<typeof RenderOrder>

export const RENDER_TYPE: Record<Picture['format'], string> = {
  jpeg: 'image/jpeg',
  webp: 'image/webp',
  png: 'image/png',
  zip: 'application/zip',
}
