import { CANDIDATE_WIDTH } from '@lupa/core/domain/candidates'
import type { Stored } from '@lupa/core/domain/prediction'
import type { Output } from '../onnx-session.ts'
import { type DecodeContext, pick, readProposals, storedOf } from './proposals.ts'

/** From a detector's output to what is kept of it. */
export function decodeDetect(outputs: readonly Output[], context: DecodeContext): Stored<'detect'> {
  const { layout, names, letterbox } = context
  const proposals = readProposals(outputs[layout.at] as Output, layout)
  const width = CANDIDATE_WIDTH
  const { candidates } = pick(proposals, { letterbox, width })
  return { task: 'detect', ...storedOf(candidates, { width, names, layout }) }
}
