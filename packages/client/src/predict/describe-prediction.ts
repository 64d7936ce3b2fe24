import type { Job } from '../library/wire-types.ts'
import { formatShare } from '../units.ts'

/** In a few words: `aberta 98.8 %`, or `2 person, 1 dog`. */
export function describePrediction({ model, prediction, confidence, predictions }: Job): string {
  if (model.task === 'classify')
    return prediction === null ? 'nothing' : `${prediction} ${formatShare(confidence ?? 0)}`
  const counts = new Map<string, number>()
  for (const { name } of predictions ?? []) counts.set(name, (counts.get(name) ?? 0) + 1)
  return [...counts].map(([name, count]) => `${count} ${name}`).join(', ') || 'nothing'
}
