import { FORMAT_NAMES } from '@lupa/core/formats/formats'
import { PALETTE_NAMES } from '@lupa/core/formats/palette'
import { LABELS } from '@lupa/core/formats/svg'
import { z } from 'zod'
import { chosen, numeric } from './parameters.ts'

/** How a prediction is drawn. */
export const DRAWING = {
  palette: chosen(z.enum(PALETTE_NAMES)).describe(
    'The colours of the classes: `distinct` (as if not given) can be told apart by the colour-blind as well, `ultralytics` is what its plots have, `white` is white.',
  ),
  labels: chosen(z.enum(LABELS)).describe('`full` (as if not given): name and confidence.'),
  line_width: numeric(z.number().min(0.5).max(100)).describe(
    'In pixels of the image; not given: as suits its size.',
  ),
}

/** What shape a job is written in. */
export const FORMATTING = {
  format: chosen(z.enum(FORMAT_NAMES)).describe(
    'What to write the prediction as; goes before the `Accept` header. Not given, and nothing special accepted: `native`, the job itself.',
  ),
  save_conf: chosen(z.enum(['true', 'false'])).describe(
    'Of `yolo`: `true` ends each line with the confidence, as the option of Ultralytics does.',
  ),
  ...DRAWING,
}
