import type { JobStatus } from '@lupa/core/domain/job'
import { useWords } from '../words/use-words.ts'

export function StatusBadge({ status }: { status: JobStatus }) {
  const words = useWords()
  return <span class={`badge ${status}`}>{words.status[status]}</span>
}
