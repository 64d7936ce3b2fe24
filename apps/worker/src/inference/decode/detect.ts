import { CANDIDATE_WIDTH } from '@lupa/core/domain/candidates'
import type { Stored } from '@lupa/core/domain/prediction'
import type { Output } from '../onnx-session.ts'
import { pickCandidates } from './pick-candidates.ts'
import { readProposals } from './proposals.ts'
import { type DecodeContext, storeCandidates } from './store-candidates.ts'

/** From a detector's output to what is kept of it. */
export function decodeDetect(outputs: readonly Output[], context: DecodeContext): Stored<'detect'> {
  const { layout, names, letterbox } = context
  const proposals = readProposals(outputs[layout.at] as Output, layout)
  const width = CANDIDATE_WIDTH
  const { candidates } = pickCandidates(proposals, { letterbox, width })
  return { task: 'detect', ...storeCandidates(candidates, { width, names, layout }) }
}
