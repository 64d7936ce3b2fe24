/** How a person wants pictures predicted. */
export interface Choice {
  /** Empty: the default model. */
  model: string
  /** A version, an alias with its `@`, or empty: what the name alone means. */
  version: string
  conf: number
  iou: number
  maxDet: string
  tags: string
  webhook: string
}

export const AS_ALWAYS: Choice = {
  model: '',
  version: '',
  conf: 0.25,
  iou: 0.7,
  maxDet: '300',
  tags: '',
  webhook: '',
}
