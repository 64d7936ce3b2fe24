import type { KeypointShape } from '@lupa/core/domain/candidates'
import type { ModelPackage } from '@lupa/core/models/model-package'

/** How to read the outputs of a model. */
export type Layout = ClassLayout | (BoxLayout & { task: 'detect' | 'obb' }) | SegmentLayout | PoseLayout

export interface ClassLayout {
  task: 'classify'
  /** Which output: [1, classes]. */
  at: number
}

export interface BoxLayout {
  /** Which output. */
  at: number
  /**
   * `anchors`: [1, 4 + classes + extras, anchors], boxes as centre, width and height, before suppression.
   * `rows`: [1, rows, 6 + extras] after it: box, confidence, class; boxes as corners, those of obb as before.
   */
  form: 'anchors' | 'rows'
  classes: number
  /** Numbers that the task adds to a box. */
  extras: number
}

export interface SegmentLayout extends BoxLayout {
  task: 'segment'
  /** Which output holds the prototypes of masks: [1, extras, height, width]. */
  prototypesAt: number
}

export interface PoseLayout extends BoxLayout {
  task: 'pose'
  keypoints: KeypointShape
}

export type Shape = readonly number[]

/**
 * Finds out how the outputs are laid out. Throws, with the shapes there are, those that are needed and
 * what to do, when they are of no kind that Ultralytics exports for the task.
 */
export function readLayout(shapes: readonly Shape[], model: ModelPackage): Layout {
  const layout = findLayout(shapes, model)
  if (layout) return layout
  const given = shapes.map((shape) => `[${shape.join(', ')}]`).join(' and ')
  throw new Error(
    `it answers ${given}, and ${wanted(model)} is needed for ${model.task} with ${model.names.length} classes; export it with Ultralytics (format=onnx), and see that "task" and "names" are those of this model`,
  )
}

function findLayout(shapes: readonly Shape[], model: ModelPackage): Layout | undefined {
  const { task, names, keypoints } = model
  switch (task) {
    case 'classify': {
      const at = shapes.findIndex((shape) => shape.length === 2 && shape[1] === names.length)
      return at < 0 ? undefined : { task, at }
    }
    case 'segment': {
      const prototypesAt = shapes.findIndex((shape) => shape.length === 4)
      const boxes = findBoxes(shapes, model, shapes[prototypesAt]?.[1])
      return boxes && { ...boxes, task, prototypesAt }
    }
    case 'pose': {
      const boxes = findBoxes(shapes, model, extrasOf(model))
      return boxes && keypoints ? { ...boxes, task, keypoints } : undefined
    }
    default: {
      const boxes = findBoxes(shapes, model, extrasOf(model))
      return boxes && { ...boxes, task }
    }
  }
}

function findBoxes(
  shapes: readonly Shape[],
  { names, endToEnd }: ModelPackage,
  extras: number | undefined,
): BoxLayout | undefined {
  if (extras === undefined) return undefined
  const classes = names.length
  const isAnchors = (shape: Shape) => shape.length === 3 && shape[1] === 4 + classes + extras
  const isRows = (shape: Shape) => shape.length === 3 && shape[2] === 6 + extras
  const at = shapes.findIndex((shape) => isAnchors(shape) || isRows(shape))
  const shape = shapes[at]
  if (!shape) return undefined
  const isBoth = isAnchors(shape) && isRows(shape)
  const areRows = isBoth ? endToEnd === true : isRows(shape)
  return { at, form: areRows ? 'rows' : 'anchors', classes, extras }
}

function extrasOf({ task, keypoints }: ModelPackage): number {
  if (task === 'pose') return keypoints ? keypoints.count * keypoints.numbers : 0
  return task === 'obb' ? 1 : 0
}

function wanted(model: ModelPackage): string {
  const { task, names } = model
  if (task === 'classify') return `[1, ${names.length}]`
  if (task === 'segment') {
    return `[1, ${4 + names.length} + masks, anchors] or [1, rows, 6 + masks], and [1, masks, height, width],`
  }
  const extras = extrasOf(model)
  return `[1, ${4 + names.length + extras}, anchors] or [1, rows, ${6 + extras}]`
}
