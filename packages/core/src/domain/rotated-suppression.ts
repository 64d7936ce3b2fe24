import { type Candidates, CLASS, CONFIDENCE, ORIENTED_WIDTH } from './candidates.ts'
import type { Params } from './params.ts'

/**
 * Suppression of oriented boxes per class, as Ultralytics does it: a candidate stays unless a surer one
 * of its class overlaps it by more than `iou`, whether that one stays itself or not (Fast NMS,
 * https://arxiv.org/abs/1904.02689). Overlap is the probabilistic IoU of two boxes.
 *
 * As with boxes upright, a less sure candidate never removes a surer one.
 *
 * @param candidates rows of ORIENTED_WIDTH numbers sorted by confidence, surest first
 * @returns row numbers of the candidates that stay, surest first, at most `max_det`
 */
export function suppressRotated(candidates: Candidates, { conf, iou, max_det, classes }: Params): number[] {
  const wanted = classes && new Set(classes)
  const surerByClass = new Map<number, Gaussian[]>()
  const kept: number[] = []

  for (let at = 0, row = 0; at < candidates.length && kept.length < max_det; at += ORIENTED_WIDTH, row++) {
    // Strictly above, as in Ultralytics.
    if (!((candidates[at + CONFIDENCE] as number) > conf)) break
    const classNumber = candidates[at + CLASS] as number
    if (wanted && !wanted.has(classNumber)) continue

    const gaussian = toGaussian(candidates, at)
    const surer = surerByClass.get(classNumber)
    if (!surer) surerByClass.set(classNumber, [gaussian])
    else {
      const isOverlapped = overlapsAny(gaussian, surer, iou)
      surer.push(gaussian)
      if (isOverlapped) continue
    }
    kept.push(row)
  }
  return kept
}

/** An oriented box as a normal distribution: its centre, and the covariance [[a, c], [c, b]]. */
interface Gaussian {
  x: number
  y: number
  a: number
  b: number
  c: number
}

function toGaussian(candidates: Candidates, at: number): Gaussian {
  const width = candidates[at + 2] as number
  const height = candidates[at + 3] as number
  const angle = candidates[at + ORIENTED_WIDTH - 1] as number
  const along = (width * width) / 12
  const across = (height * height) / 12
  const cos = Math.cos(angle)
  const sin = Math.sin(angle)
  return {
    x: candidates[at] as number,
    y: candidates[at + 1] as number,
    a: along * cos * cos + across * sin * sin,
    b: along * sin * sin + across * cos * cos,
    c: (along - across) * cos * sin,
  }
}

/**
 * Up to 3,000 rows ask it of up to 3,000 others, so boxes too far apart are told by their distance
 * alone: squared, it is at most four times the Bhattacharyya distance times the sum of all variances.
 */
function overlapsAny(one: Gaussian, others: readonly Gaussian[], iou: number): boolean {
  const farthest = 4 * distanceAt(iou)
  const spread = one.a + one.b
  for (const other of others) {
    const dx = one.x - other.x
    const dy = one.y - other.y
    if (dx * dx + dy * dy > farthest * (spread + other.a + other.b)) continue
    if (overlapOf(other, one) > iou) return true
  }
  return false
}

const EPSILON = 1e-7
const MAX_DISTANCE = 100

/** The Bhattacharyya distance from which on the overlap is no more than `iou`, and a little. */
function distanceAt(iou: number): number {
  const hellinger = Math.max(0, 1 - iou)
  return 1e-3 - Math.log(Math.max(EPSILON, 1 - hellinger * hellinger))
}

/** Probabilistic IoU of two rows' boxes, about 0 to 1: one less the Hellinger distance (https://arxiv.org/abs/2106.06072). */
export function probabilisticIou(candidates: Candidates, rowA: number, rowB: number): number {
  return overlapOf(
    toGaussian(candidates, rowA * ORIENTED_WIDTH),
    toGaussian(candidates, rowB * ORIENTED_WIDTH),
  )
}

/** With the small numbers that Ultralytics adds: https://github.com/ultralytics/ultralytics/blob/v8.4.0/ultralytics/utils/metrics.py */
function overlapOf(one: Gaussian, other: Gaussian): number {
  const a = one.a + other.a
  const b = one.b + other.b
  const c = one.c + other.c
  const dx = one.x - other.x
  const dy = one.y - other.y
  const determinant = a * b - c * c
  const shape = Math.sqrt(determinantOf(one) * determinantOf(other))
  const distance =
    (0.25 * (a * dy * dy + b * dx * dx) - 0.5 * c * dx * dy) / (determinant + EPSILON) +
    0.5 * Math.log(determinant / (4 * shape + EPSILON) + EPSILON)
  const bounded = Math.min(Math.max(distance, EPSILON), MAX_DISTANCE)
  return 1 - Math.sqrt(1 - Math.exp(-bounded) + EPSILON)
}

const determinantOf = ({ a, b, c }: Gaussian) => Math.max(0, a * b - c * c)
