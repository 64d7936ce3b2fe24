import { MAX_SIDE, RASTERS } from '@lupa/core/renders/render-order'
import { z } from 'zod'
import { chosen, numeric, ViewParameters } from './parameters.ts'

const { conf, iou, max_det, classes } = ViewParameters.shape

/** Which detections are shown. */
export const SEEN = { conf, iou, max_det, classes }

export const SIZED = {
  max_side: numeric(z.int().min(64).max(MAX_SIDE)).describe(
    `Wider or higher than this the picture is made smaller; not given: ${MAX_SIDE} pixels.`,
  ),
}

const FORMAT_ABOUT = 'Goes before the `Accept` header; not given, and nothing special accepted: `jpeg`.'

export const RASTER = chosen(z.enum(RASTERS)).describe(FORMAT_ABOUT)
export const RASTER_OR_SVG = chosen(z.enum([...RASTERS, 'svg'])).describe(FORMAT_ABOUT)
