import { noAnswer, readProblem, readRetryAfter } from './problem.ts'

/** Where the gateway does not say when to ask again. */
const AGAIN_MS = 2000

/**
 * Fetches what a worker has to make first: until it is made the gateway answers 202, to be asked again. Rejects
 * with a Problem.
 */
export async function fetchRender(path: string, sleep: (ms: number) => Promise<void>): Promise<Blob> {
  for (;;) {
    const answer = await fetch(path).catch(() => {
      throw noAnswer()
    })
    const retryAfter = answer.headers.get('retry-after')
    if (answer.status === 202) {
      await sleep(readRetryAfter(retryAfter) ?? AGAIN_MS)
      continue
    }
    if (!answer.ok) throw readProblem(answer.status, await answer.text(), retryAfter)
    return answer.blob()
  }
}
