/** How long a call takes, as long as none to that host has ended. */
const FIRST_GUESS_MS = 10

/** A call that has been in hand for longer tells that its host is slow. */
const SLOW_MS = 1000

/** Who can expect a turn sooner waits for it; others are put off. */
const WORTH_WAITING_MS = 250

/** Whoever has waited for so long, because the host has become slow, is put off after all. */
const PATIENCE_MS = 500

/** So many wait for one host at most: those who wait keep a sender from calling other hosts. */
const LONGEST_LINE = 24

const LONGEST_PUT_OFF_MS = 60_000

export interface HostTurns {
  /** A turn to call the host, to be given back; or how long to put the call off, since all are taken. */
  take(host: string): Promise<Turn | { putOffByMs: number }>
}

export interface Turn {
  giveBack(): void
}

interface Host {
  name: string
  /** When the calls in hand began. */
  calls: Set<{ sinceMs: number }>
  /** Those who wait for a turn, the first first. */
  line: ((turn: Turn) => void)[]
  /** What a call takes when nothing is in its way. */
  usualMs: number
  /** Those who were put off have turns until then. */
  bookedUntilMs: number
}

/**
 * Few calls at a time to one host, and only a short wait for one that is quick. Else whoever finds all
 * turns taken is told when to come again: later the more are put off already and the slower the host is.
 * So a host that hangs costs the others next to nothing.
 */
export function createHostTurns({ perHost = 2 }: { perHost?: number } = {}): HostTurns {
  const hosts = new Map<string, Host>()

  function begin(host: Host): Turn {
    const call = { sinceMs: performance.now() }
    host.calls.add(call)
    return {
      giveBack() {
        if (!host.calls.delete(call)) return
        host.usualMs = nextUsual(host.usualMs, performance.now() - call.sinceMs)
        const next = host.line.shift()
        if (next) next(begin(host))
        else if (host.calls.size === 0 && host.bookedUntilMs <= performance.now()) hosts.delete(host.name)
      },
    }
  }

  return {
    async take(name) {
      const host = hosts.get(name) ?? newHost(name)
      hosts.set(name, host)
      if (host.calls.size < perHost) return begin(host)
      const turnMs = callMs(host) / perHost
      const isQuick = (host.line.length + 1) * turnMs <= WORTH_WAITING_MS
      const turn = isQuick && host.line.length < LONGEST_LINE ? await standInLine(host) : undefined
      return turn ?? book(host, callMs(host) / perHost)
    },
  }
}

function newHost(name: string): Host {
  return { name, calls: new Set(), line: [], usualMs: FIRST_GUESS_MS, bookedUntilMs: 0 }
}

/** Resolves to undefined when no turn comes in time. */
function standInLine(host: Host): Promise<Turn | undefined> {
  const { promise, resolve } = Promise.withResolvers<Turn | undefined>()
  const timer = setTimeout(() => {
    host.line.splice(host.line.indexOf(called), 1)
    resolve(undefined)
  }, PATIENCE_MS)
  function called(turn: Turn): void {
    clearTimeout(timer)
    resolve(turn)
  }
  host.line.push(called)
  return promise
}

function book(host: Host, turnMs: number): { putOffByMs: number } {
  const now = performance.now()
  const bookedUntilMs = Math.max(host.bookedUntilMs, now) + turnMs
  host.bookedUntilMs = Math.min(bookedUntilMs, now + LONGEST_PUT_OFF_MS)
  return { putOffByMs: host.bookedUntilMs - now }
}

function callMs({ calls, usualMs }: Host): number {
  const now = performance.now()
  const inHandMs = Math.max(0, ...[...calls].map(({ sinceMs }) => now - sinceMs))
  return inHandMs < SLOW_MS ? usualMs : Math.max(usualMs, inHandMs)
}

/** Falls at once and rises slowly: while this process is busy, calls seem slow whose host is not. */
function nextUsual(usualMs: number, tookMs: number): number {
  return tookMs < usualMs ? tookMs : usualMs + (tookMs - usualMs) / 8
}
