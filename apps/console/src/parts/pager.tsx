import { toHash } from '../router.ts'
import { useWords } from '../words/use-words.ts'

/** Lists go on by cursor: there is a first page and a next one; the way back is the browser's. */
export function Pager({
  path,
  query,
  nextCursor,
}: {
  path: string
  query: Record<string, string>
  nextCursor: string | null
}) {
  const { common } = useWords()
  const { cursor, ...filters } = query
  if (!cursor && !nextCursor) return null
  return (
    <nav class="pager" aria-label={common.page}>
      {cursor && (
        <a class="button" href={toHash(path, filters)}>
          {common.newer}
        </a>
      )}
      {nextCursor && (
        <a class="button" href={toHash(path, { ...filters, cursor: nextCursor })}>
          {common.older}
        </a>
      )}
    </nav>
  )
}
