/** The largest of what was noted lately. */
export interface SlidingMaximum {
  note(value: number): void
  /** Of the window and at most a twelfth of it more; undefined when nothing was noted. */
  current(): number | undefined
}

const PARTS = 12

/** In memory of a fixed size, however much is noted. */
export function createSlidingMaximum({
  windowMs,
  nowMs = () => performance.now(),
}: {
  windowMs: number
  nowMs?: () => number
}): SlidingMaximum {
  const partMs = windowMs / PARTS
  /** One more than the window has: the one that fills now is not a whole one. */
  const maxima = new Map<number, number>()

  function forget(part: number): void {
    for (const old of maxima.keys()) if (old < part - PARTS) maxima.delete(old)
  }

  return {
    note(value) {
      const part = Math.floor(nowMs() / partMs)
      const known = maxima.get(part)
      if (known === undefined) forget(part)
      if (known === undefined || value > known) maxima.set(part, value)
    },
    current() {
      forget(Math.floor(nowMs() / partMs))
      return maxima.size > 0 ? Math.max(...maxima.values()) : undefined
    },
  }
}
