import { z } from 'zod'

/** Ultralytics' names, defaults and meaning: https://docs.ultralytics.com/modes/predict/#inference-arguments */
export const Params = z
  .object({
    conf: z
      .number()
      .min(0.01)
      .max(1)
      .default(0.25)
      .describe('Detections below this confidence are left out.'),
    iou: z
      .number()
      .min(0)
      .max(1)
      .default(0.7)
      .describe('Of two boxes of one class that overlap more than this, only the surer one stays.'),
    max_det: z
      .int()
      .min(1)
      .max(3000)
      .default(300)
      .describe('At most this many detections, the surest first.'),
    classes: z
      .array(z.int().nonnegative())
      .min(1)
      .nullable()
      .default(null)
      .describe('Only detections of these classes, by number. Null: all.'),
    masks: z
      .enum(['polygon', 'rle'])
      .optional()
      .describe(
        "Of a segment model: `polygon` (as if not given) shows each mask as its outline, in `segments`; `rle` shows the mask itself, of the image's size, in `mask`, as COCO's compressed run-length encoding.",
      ),
  })
  .meta({ id: 'Params' })

export type Params = z.output<typeof Params>

export const DEFAULT_PARAMS: Params = Params.parse({})
