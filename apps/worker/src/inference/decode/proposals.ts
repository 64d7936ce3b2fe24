import type { Box } from '@lupa/core/domain/box'
import { CANDIDATE_WIDTH, CLASS, CONFIDENCE } from '@lupa/core/domain/candidates'
import { CANDIDATE_FLOOR } from '@lupa/core/domain/prediction'
import type { Output } from '../onnx-session.ts'
import type { BoxLayout } from '../output-layout.ts'

/** What a model says, however its output is laid out: boxes, each with its best class and what the task adds. */
export interface Proposals {
  /** By proposal. */
  confidence: Float32Array
  classNumber: Uint16Array
  /** In model pixels: x, y, width, height of the centre form; x1, y1, x2, y2 of the corners. */
  box: (proposal: number, number: number) => number
  boxForm: 'centre' | 'corners'
  extra: (proposal: number, number: number) => number
}

export function readProposals({ data, shape }: Output, layout: BoxLayout): Proposals {
  const [, rows = 0, columns = 0] = shape
  return layout.form === 'anchors'
    ? readAnchors(data, columns, layout)
    : readRows(data, { rows, width: columns }, layout)
}

function readAnchors(data: Float32Array, anchors: number, { classes }: BoxLayout): Proposals {
  return {
    ...bestClasses(data, classes, anchors),
    box: (anchor, number) => data[number * anchors + anchor] as number,
    boxForm: 'centre',
    extra: (anchor, number) => data[(4 + classes + number) * anchors + anchor] as number,
  }
}

/**
 * Goes through the output class by class, as it lies in memory. Nearly all scores are below the floor, where
 * they do not matter: then nothing else need be read.
 */
function bestClasses(data: Float32Array, classes: number, anchors: number) {
  const confidence = new Float32Array(anchors)
  const classNumber = new Uint16Array(anchors)
  let at = 4 * anchors
  for (let candidate = 0; candidate < classes; candidate++) {
    for (let anchor = 0; anchor < anchors; anchor++, at++) {
      const score = data[at] as number
      if (score > CANDIDATE_FLOOR && score > (confidence[anchor] as number)) {
        confidence[anchor] = score
        classNumber[anchor] = candidate
      }
    }
  }
  return { confidence, classNumber }
}

function readRows(
  data: Float32Array,
  { rows, width }: { rows: number; width: number },
  { classes }: BoxLayout,
): Proposals {
  const confidence = new Float32Array(rows)
  const classNumber = new Uint16Array(rows)
  for (let row = 0; row < rows; row++) {
    const said = data[row * width + CLASS] as number
    // Of no class of the model's: not a detection.
    if (!(Number.isInteger(said) && said >= 0 && said < classes)) continue
    confidence[row] = data[row * width + CONFIDENCE] as number
    classNumber[row] = said
  }
  return {
    confidence,
    classNumber,
    box: (row, number) => data[row * width + number] as number,
    boxForm: 'corners',
    extra: (row, number) => data[row * width + CANDIDATE_WIDTH + number] as number,
  }
}

/** In corners. */
export function boxInModel({ box, boxForm }: Proposals, proposal: number): Box {
  const x = box(proposal, 0)
  const y = box(proposal, 1)
  if (boxForm === 'corners') return { x1: x, y1: y, x2: box(proposal, 2), y2: box(proposal, 3) }
  const halfWidth = box(proposal, 2) / 2
  const halfHeight = box(proposal, 3) / 2
  return { x1: x - halfWidth, y1: y - halfHeight, x2: x + halfWidth, y2: y + halfHeight }
}
