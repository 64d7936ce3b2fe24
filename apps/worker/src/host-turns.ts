/** How long a call takes until one to that host has ended; a host that is slower shows it by those in hand. */
const FIRST_GUESS_MS = 10

const SHORTEST_MS = 20
const LONGEST_MS = 60_000

export interface HostTurns {
  /** A turn to call the host, to be given back; or how long to put the call off, since all are taken. */
  take(host: string): Turn | { putOffByMs: number }
}

export interface Turn {
  giveBack(): void
}

interface Host {
  /** When the calls in hand began. */
  calls: Set<{ sinceMs: number }>
  averageMs: number
  /** Those who were put off have turns until then. */
  bookedUntilMs: number
}

/**
 * Few calls at a time to one host, and nobody waits in line: whoever finds all turns taken is told when to
 * come again, later the more are put off already and the slower the host is. So a host that hangs costs
 * the others nothing.
 */
export function createHostTurns({
  perHost = 2,
  now = () => performance.now(),
}: {
  perHost?: number
  now?: () => number
} = {}): HostTurns {
  const hosts = new Map<string, Host>()

  function begin(name: string, host: Host): Turn {
    const call = { sinceMs: now() }
    host.calls.add(call)
    return {
      giveBack() {
        if (!host.calls.delete(call)) return
        host.averageMs += (now() - call.sinceMs - host.averageMs) / 4
        if (host.calls.size === 0 && host.bookedUntilMs <= now()) hosts.delete(name)
      },
    }
  }

  function book(host: Host): { putOffByMs: number } {
    const inHandMs = Math.max(...[...host.calls].map(({ sinceMs }) => now() - sinceMs))
    const turnMs = Math.max(host.averageMs, inHandMs) / perHost
    const bookedUntilMs = Math.max(host.bookedUntilMs, now()) + turnMs
    host.bookedUntilMs = Math.min(bookedUntilMs, now() + LONGEST_MS)
    return { putOffByMs: Math.max(SHORTEST_MS, host.bookedUntilMs - now()) }
  }

  return {
    take(name) {
      const host = hosts.get(name) ?? { calls: new Set(), averageMs: FIRST_GUESS_MS, bookedUntilMs: 0 }
      hosts.set(name, host)
      return host.calls.size < perHost ? begin(name, host) : book(host)
    },
  }
}
