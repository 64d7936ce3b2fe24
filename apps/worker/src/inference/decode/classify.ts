import type { Classification, StoredPrediction } from '@lupa/core/domain/prediction'
import { TOP_CLASSES } from '@lupa/core/domain/prediction'
import { round } from '@lupa/core/domain/view-prediction'
import type { Output } from '../onnx-session.ts'

/** From a classifier's output, float32 [1, classes], to its surest classes. */
export function decodeClassify(
  { data }: Output,
  names: readonly string[],
): Extract<StoredPrediction, { task: 'classify' }> {
  const probabilities = areProbabilities(data) ? data : softmax(data)
  const top = Array.from(probabilities.keys())
    .toSorted((a, b) => (probabilities[b] as number) - (probabilities[a] as number) || a - b)
    .slice(0, TOP_CLASSES)
    .map(
      (classNumber): Classification => ({
        name: names[classNumber] ?? String(classNumber),
        class: classNumber,
        confidence: round(probabilities[classNumber] as number),
      }),
    )
  return { task: 'classify', top }
}

/** Ultralytics' exports end in a softmax; others may end in raw scores. */
function areProbabilities(scores: Float32Array): boolean {
  let sum = 0
  for (const score of scores) {
    if (!(score >= 0 && score <= 1.001)) return false
    sum += score
  }
  return Math.abs(sum - 1) < 0.01
}

export function softmax(scores: Float32Array): Float32Array {
  const highest = scores.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)
  const powers = scores.map((score) => Math.exp(score - highest))
  const sum = powers.reduce((a, b) => a + b, 0)
  return powers.map((power) => power / sum)
}
