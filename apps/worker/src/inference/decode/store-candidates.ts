import { type Candidates, CLASS, packCandidates } from '@lupa/core/domain/candidates'
import type { Letterbox } from '@lupa/core/domain/letterbox'
import type { BoxLayout } from '../output-layout.ts'

/** What is needed to read a prediction, beside the outputs. */
export interface DecodeContext<L extends BoxLayout = BoxLayout> {
  layout: L
  names: readonly string[]
  letterbox: Letterbox
}

/** What is kept of candidates, whatever the task. */
export function storeCandidates(
  candidates: Candidates,
  { width, names, layout }: { width: number; names: readonly string[]; layout: BoxLayout },
) {
  return {
    names: namesAmong(candidates, width, names),
    candidates: packCandidates(candidates),
    ...(layout.form === 'rows' ? { suppressed: true as const } : {}),
  }
}

function namesAmong(candidates: Candidates, width: number, names: readonly string[]): Record<string, string> {
  const found: Record<string, string> = {}
  for (let at = CLASS; at < candidates.length; at += width) {
    const classNumber = candidates[at] as number
    found[classNumber] ??= names[classNumber] ?? String(classNumber)
  }
  return found
}
