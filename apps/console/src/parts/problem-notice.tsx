import type { Problem } from '../api/problem.ts'
import { useNumbers } from '../words/use-numbers.ts'
import { useWords } from '../words/use-words.ts'

/** What went wrong, and what a person can do about it. */
export function ProblemNotice({ problem, onAgain }: { problem: Problem; onAgain?: () => void }) {
  const { common } = useWords()
  const { title, text, isSignedOut } = useExplained(problem)
  const words = useWords()
  return (
    <div class="notice bad" role="alert">
      <strong>{title}</strong>
      {text && <p>{text}</p>}
      {problem.status > 0 && (
        <p lang="en" class="dim">
          {problem.message}
        </p>
      )}
      {isSignedOut ? (
        <button type="button" class="button" onClick={() => location.reload()}>
          {words.problem.reload}
        </button>
      ) : (
        onAgain && (
          <button type="button" class="button" onClick={onAgain}>
            {common.again}
          </button>
        )
      )}
    </div>
  )
}

function useExplained({ status, title, retryAfterMs }: Problem) {
  const { problem: words } = useWords()
  const { seconds } = useNumbers()
  const wait = retryAfterMs === null ? '' : words.tooMuchText(seconds(retryAfterMs / 1000))
  const isSignedOut = status === 401
  switch (status) {
    case 0:
      return { title: words.unreachable, text: words.unreachableText, isSignedOut }
    case 401:
      return { title: words.unauthorized, text: words.unauthorizedText, isSignedOut }
    case 403:
      return { title: words.forbidden, text: '', isSignedOut }
    case 429:
      return { title: words.tooMuch, text: wait, isSignedOut }
    case 503:
      return { title: words.unavailable, text: wait, isSignedOut }
    default:
      return { title, text: '', isSignedOut }
  }
}
