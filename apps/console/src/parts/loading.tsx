import { useWords } from '../words/use-words.ts'

export function Loading() {
  const { common } = useWords()
  return (
    <p class="loading" role="status">
      <span class="spinner" aria-hidden="true" />
      {common.loading}
    </p>
  )
}
