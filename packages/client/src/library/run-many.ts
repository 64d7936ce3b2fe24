/**
 * Does work on many things, so many at a time, and yields the outcomes as they come. Things are taken only as
 * there is room for them. What a work rejects with ends all of it.
 */
export async function* runMany<T, R>(
  things: Iterable<T> | AsyncIterable<T>,
  concurrency: number,
  work: (thing: T, index: number) => Promise<R>,
): AsyncGenerator<R, void, undefined> {
  const iterator = Symbol.asyncIterator in things ? things[Symbol.asyncIterator]() : things[Symbol.iterator]()
  const running = new Map<number, Promise<{ index: number; outcome: R }>>()
  let index = 0
  let isOver = false
  try {
    for (;;) {
      while (!isOver && running.size < concurrency) {
        const next = await iterator.next()
        if (next.done) isOver = true
        else {
          const at = index++
          running.set(
            at,
            work(next.value, at).then((outcome) => ({ index: at, outcome })),
          )
        }
      }
      if (running.size === 0) return
      const first = await Promise.race(running.values())
      running.delete(first.index)
      yield first.outcome
    }
  } finally {
    // Whoever stops reading leaves some under way: what they reject with is of no interest any more.
    for (const left of running.values()) left.catch(() => {})
    await iterator.return?.()
  }
}
