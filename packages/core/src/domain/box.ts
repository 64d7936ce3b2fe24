import { z } from 'zod'

/** Corners in pixels of the image as a person sees it (EXIF orientation applied), origin top left. */
export const Box = z.object({ x1: z.number(), y1: z.number(), x2: z.number(), y2: z.number() })
export type Box = z.output<typeof Box>
