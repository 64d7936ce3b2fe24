import { CANDIDATE_WIDTH } from '@lupa/core/domain/candidates'
import { encodeMask, packMasks } from '@lupa/core/domain/mask'
import { MAX_MASK_BYTES, MAX_MASKS, type Stored } from '@lupa/core/domain/prediction'
import type { Output } from '../onnx-session.ts'
import type { SegmentLayout } from '../output-layout.ts'
import { createMaskReader } from './mask-reader.ts'
import { pickCandidates } from './pick-candidates.ts'
import { boxInModel, readProposals } from './proposals.ts'
import { type DecodeContext, storeCandidates } from './store-candidates.ts'
import { rowsOf, survivorsOf } from './survivors.ts'

/** From the outputs of a segmenter to what is kept of them: masks instead of prototypes. */
export function decodeSegment(
  outputs: readonly Output[],
  context: DecodeContext<SegmentLayout>,
): Stored<'segment'> {
  const { layout, names, letterbox } = context
  const proposals = readProposals(outputs[layout.at] as Output, layout)
  const width = CANDIDATE_WIDTH
  const picked = pickCandidates(proposals, { letterbox, width })
  const readMask = createMaskReader(outputs[layout.prototypesAt] as Output, letterbox.input)
  const coefficients = new Float32Array(layout.extras)

  const masks = new Map<number, Uint8Array>()
  let bytes = 0
  for (const row of survivorsOf(picked.candidates, { width, layout, most: MAX_MASKS })) {
    const proposal = picked.proposals[row] as number
    for (let number = 0; number < layout.extras; number++) {
      coefficients[number] = proposals.extra(proposal, number)
    }
    const mask = encodeMask(readMask(coefficients, boxInModel(proposals, proposal)))
    if (bytes + mask.length > MAX_MASK_BYTES) continue
    bytes += mask.length
    masks.set(row, mask)
  }

  const rows = [...masks.keys()].toSorted((a, b) => a - b)
  return {
    task: 'segment',
    ...storeCandidates(rowsOf(picked.candidates, rows, width), { width, names, layout }),
    masks: packMasks(rows.map((row) => masks.get(row) as Uint8Array)),
    input: { width: letterbox.input.width, height: letterbox.input.height },
  }
}
