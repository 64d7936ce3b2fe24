import { CANDIDATE_WIDTH, ORIENTED_WIDTH } from '@lupa/core/domain/candidates'
import { toImageX, toImageY } from '@lupa/core/domain/letterbox'
import type { Stored } from '@lupa/core/domain/prediction'
import type { Output } from '../onnx-session.ts'
import { pickCandidates } from './pick-candidates.ts'
import { readProposals } from './proposals.ts'
import { type DecodeContext, storeCandidates } from './store-candidates.ts'

/**
 * From the output of a model of oriented boxes to what is kept of it. Its boxes are centre, width and
 * height in either layout, and the angle is what the task adds: radians, clockwise as seen. As
 * Ultralytics does, sides are scaled as if they were upright and the angle is left as it is.
 */
export function decodeObb(outputs: readonly Output[], context: DecodeContext): Stored<'obb'> {
  const { layout, names, letterbox } = context
  const proposals = readProposals(outputs[layout.at] as Output, layout)
  const { box, extra } = proposals
  const width = ORIENTED_WIDTH
  const { candidates } = pickCandidates(proposals, { letterbox, width }, (row, at, proposal) => {
    row[at] = toImageX(box(proposal, 0), letterbox)
    row[at + 1] = toImageY(box(proposal, 1), letterbox)
    row[at + 2] = box(proposal, 2) / letterbox.scaleX
    row[at + 3] = box(proposal, 3) / letterbox.scaleY
    row[at + CANDIDATE_WIDTH] = extra(proposal, 0)
  })
  return { task: 'obb', ...storeCandidates(candidates, { width, names, layout }) }
}
