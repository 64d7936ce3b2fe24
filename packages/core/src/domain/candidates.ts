/**
 * Boxes that a detector proposes, before suppression: one per anchor, with the anchor's best class.
 *
 * Packed as float32 little-endian rows of [x1, y1, x2, y2, confidence, class], surest first. Boxes are
 * in pixels of the image, not clipped to it: suppression must see them as the model gave them.
 */
export type Candidates = Float32Array

/** Numbers per candidate. */
export const CANDIDATE_WIDTH = 6

export function packCandidates(candidates: Candidates): string {
  return Buffer.from(candidates.buffer, candidates.byteOffset, candidates.byteLength).toString('base64')
}

export function unpackCandidates(packed: string): Candidates {
  const bytes = Buffer.from(packed, 'base64')
  // A copy: a Buffer from the pool need not start at a multiple of four, which Float32Array asks for.
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength))
}
