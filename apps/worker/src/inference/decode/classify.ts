import type { Classification, Stored } from '@lupa/core/domain/prediction'
import { TOP_CLASSES } from '@lupa/core/domain/prediction'
import { round } from '@lupa/core/domain/view-prediction'
import type { Output } from '../onnx-session.ts'
import type { ClassLayout } from '../output-layout.ts'

/** From a classifier's output, float32 [1, classes], to its surest classes. One with a score that is no number is left out. */
export function decodeClassify(
  outputs: readonly Output[],
  { layout, names }: { layout: ClassLayout; names: readonly string[] },
): Stored<'classify'> {
  const { data } = outputs[layout.at] as Output
  const probabilities = areProbabilities(data) ? data : softmax(data)
  const top = Array.from(probabilities.keys())
    .filter((classNumber) => Number.isFinite(data[classNumber]))
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

/** What is no number has no part in it. */
export function softmax(scores: Float32Array): Float32Array {
  const numbers = scores.filter((score) => Number.isFinite(score))
  const highest = numbers.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)
  const powers = scores.map((score) => (Number.isFinite(score) ? Math.exp(score - highest) : 0))
  const sum = powers.reduce((a, b) => a + b, 0)
  return powers.map((power) => power / sum)
}
