/**
 * Does the work for every item, for as many at once. The first failure begins no more of it, and is what
 * this rejects with, once what was begun has ended.
 */
export async function forEachAtOnce<T>(
  items: Iterable<T> | AsyncIterable<T>,
  atOnce: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const underway = new Set<Promise<void>>()
  let failure: { thrown: unknown } | undefined
  try {
    for await (const item of items) {
      const one = work(item)
        .catch((thrown) => void (failure ??= { thrown }))
        .finally(() => underway.delete(one))
      underway.add(one)
      if (underway.size >= atOnce) await Promise.race(underway)
      if (failure) break
    }
  } finally {
    await Promise.all(underway)
  }
  if (failure) throw failure.thrown
}
