import { LupaError } from '@lupa/core/domain/errors'
import { show } from '../../parameters.ts'
import { decodeBase64, type Upload } from '../../plugins/uploads.ts'

/** Where an image is, or itself. */
export type RoboflowImage = { image: Buffer } | { url: string }

/** Roboflow's own: what its clients leave out means this. */
const DEFAULTS = { conf: 0.4, iou: 0.3, max_det: 300 }

/** The parameters that have a meaning here; the others are about Roboflow's own service. */
export function toParameters(given: Record<string, unknown>): Record<string, unknown> {
  const { confidence, overlap, iou_threshold, max_detections, class_filter, classes, format } = given
  if (format !== undefined && format !== 'json') {
    throw new LupaError(
      'invalid_parameter',
      `format=${show(format)} is not given here, only json. Drawn pictures are at GET /v1/jobs/{id}/annotated.`,
    )
  }
  return {
    conf: toShare(confidence) ?? DEFAULTS.conf,
    iou: toShare(overlap ?? iou_threshold) ?? DEFAULTS.iou,
    max_det: max_detections ?? DEFAULTS.max_det,
    ...((class_filter ?? classes) === undefined ? {} : { classes: class_filter ?? classes }),
  }
}

/** Older clients write shares as percents. What is no number is left for others to refuse. */
function toShare(given: unknown): unknown {
  const value = Number(given)
  return given !== undefined && value > 1 && value <= 100 ? value / 100 : given
}

/** The body of the older route: base64, whatever its content type says. */
export function readBase64Body(body: Buffer): Buffer {
  // Line breaks are how `base64` on a command line writes it.
  return decodeBase64(body.toString('latin1').replaceAll(/\s/g, ''), 'The body')
}

/** `image` of the newer route: `{ type, value }`, or a list of one. */
export function readImageObject(given: unknown): RoboflowImage {
  const list = Array.isArray(given) ? given : [given]
  const [image] = list as [{ type?: unknown; value?: unknown } | undefined]
  if (list.length !== 1 || typeof image !== 'object' || image === null) {
    throw new LupaError(
      'body_malformed',
      'Send one `image` in a request, {"type": "base64", "value": "…"} (with inference-sdk: max_batch_size=1).',
    )
  }
  const { type, value } = image
  if (type === 'url' && typeof value === 'string') return { url: value }
  if (type === 'base64') return { image: decodeBase64(value, 'image.value') }
  throw new LupaError('body_malformed', `image.type is ${show(type)}: send base64 or url.`)
}

export const toUpload = (image: Buffer): Upload => ({ image, imageName: null, fields: {} })
