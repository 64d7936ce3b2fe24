import { CANDIDATE_WIDTH, posedWidth } from '@lupa/core/domain/candidates'
import { toImageX, toImageY } from '@lupa/core/domain/letterbox'
import { MAX_KEYPOINT_BYTES, type Stored } from '@lupa/core/domain/prediction'
import type { Output } from '../onnx-session.ts'
import type { PoseLayout } from '../output-layout.ts'
import { pickCandidates } from './pick-candidates.ts'
import { readProposals } from './proposals.ts'
import { type DecodeContext, storeCandidates } from './store-candidates.ts'
import { rowsOf, survivorsOf } from './survivors.ts'

/** From the output of a pose model to what is kept of it: keypoints are in pixels of the image too. */
export function decodePose(outputs: readonly Output[], context: DecodeContext<PoseLayout>): Stored<'pose'> {
  const { layout, names, letterbox } = context
  const { keypoints } = layout
  const { count, numbers } = keypoints
  const proposals = readProposals(outputs[layout.at] as Output, layout)
  const { extra } = proposals
  const width = posedWidth(keypoints)
  const { candidates } = pickCandidates(proposals, { letterbox, width }, (row, at, proposal) => {
    for (let keypoint = 0; keypoint < count; keypoint++) {
      const from = keypoint * numbers
      const to = at + CANDIDATE_WIDTH + from
      row[to] = toImageX(extra(proposal, from), letterbox)
      row[to + 1] = toImageY(extra(proposal, from + 1), letterbox)
      if (numbers === 3) row[to + 2] = extra(proposal, from + 2)
    }
  })
  const most = Math.floor(MAX_KEYPOINT_BYTES / (width * Float32Array.BYTES_PER_ELEMENT))
  const rows = survivorsOf(candidates, { width, layout, most }).toSorted((a, b) => a - b)
  return {
    task: 'pose',
    keypoints,
    ...storeCandidates(rowsOf(candidates, rows, width), { width, names, layout }),
  }
}
