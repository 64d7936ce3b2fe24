/**
 * What a model proposes, before suppression: one candidate per anchor, with the anchor's best class.
 *
 * Packed as float32 little-endian rows, surest first, in pixels of the image and not clipped to it:
 * suppression must see them as the model gave them. Every row begins with CANDIDATE_WIDTH numbers; what
 * follows is the task's:
 *
 *     detect, segment   x1, y1, x2, y2, confidence, class
 *     pose              x1, y1, x2, y2, confidence, class, then x, y (and visibility) of each keypoint
 *     obb               centre x, centre y, width, height, confidence, class, angle in radians
 */
export type Candidates = Float32Array

/** Numbers per candidate, before those of its task. */
export const CANDIDATE_WIDTH = 6
export const ORIENTED_WIDTH = CANDIDATE_WIDTH + 1

/** Where in a row the confidence and the class are. */
export const CONFIDENCE = 4
export const CLASS = 5

/** How many keypoints a candidate has, and of how many numbers: x, y and, with three, how surely it is to be seen. */
export interface KeypointShape {
  count: number
  numbers: 2 | 3
}

export function posedWidth({ count, numbers }: KeypointShape): number {
  return CANDIDATE_WIDTH + count * numbers
}

export function packCandidates(candidates: Candidates): string {
  return Buffer.from(candidates.buffer, candidates.byteOffset, candidates.byteLength).toString('base64')
}

export function unpackCandidates(packed: string): Candidates {
  const bytes = Buffer.from(packed, 'base64')
  // A copy: a Buffer from the pool need not start at a multiple of four, which Float32Array asks for.
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength))
}
