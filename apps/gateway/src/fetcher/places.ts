/** So many may be inside at a time; the others wait in line. */
export interface Places {
  /** Resolves to a place, given back by disposing of it. Rejects with the signal's reason. */
  take(signal: AbortSignal): Promise<Place>
}

export interface Place extends Disposable {
  /** Somebody is in line for it. */
  isWaitedFor(): boolean
}

export function createPlaces(count: number): Places {
  let free = count
  const line = new Set<() => void>()

  function giveBack(): void {
    const [next] = line
    if (!next) free++
    else {
      line.delete(next)
      next()
    }
  }

  function aPlace(): Place {
    let isTaken = true
    return {
      isWaitedFor: () => line.size > 0,
      [Symbol.dispose]() {
        if (isTaken) giveBack()
        isTaken = false
      },
    }
  }

  return {
    async take(signal) {
      signal.throwIfAborted()
      if (free > 0) {
        free--
        return aPlace()
      }
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      const onAbort = () => {
        // At once, or a place would be given to somebody who has left.
        if (line.delete(resolve)) reject(signal.reason)
      }
      line.add(resolve)
      signal.addEventListener('abort', onAbort, { once: true })
      await promise
      signal.removeEventListener('abort', onAbort)
      return aPlace()
    },
  }
}
