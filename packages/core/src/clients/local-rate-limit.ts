import { BUCKETS, MOST_WINDOWS, type RateDemand, type RateLimit, type RateState } from './rate-limit.ts'

/** Within this process alone, for when nothing is there to share a count in. */
export function createLocalRateLimit({ now = Date.now, maxNames = 10_000 } = {}): RateLimit {
  /** Of each name, by bucket. The names used last come last. */
  const taken = new Map<string, Map<number, number>>()

  return {
    async take(demands) {
      const states = demands.map(look)
      const granted = states.every(({ retryAfterMs }) => retryAfterMs === 0)
      if (granted) for (const state of states) count(state)
      return { granted, states: granted ? demands.map(look).map(asGranted(states)) : states }
    },

    async giveBack({ granted, states }) {
      if (!granted) return
      for (const { name, bucket, cost, limit } of states) {
        if (cost > limit) continue
        const buckets = taken.get(name)
        const left = (buckets?.get(bucket) ?? 0) - cost
        if (left > 0) buckets?.set(bucket, left)
        else buckets?.delete(bucket)
      }
    },
  }

  function look(demand: RateDemand): RateState {
    const { name, limit, windowMs, cost } = demand
    const widthMs = windowMs / BUCKETS
    const nowMs = now()
    const bucket = Math.floor(nowMs / widthMs)
    const counting = [...(taken.get(name) ?? [])].filter(([at]) => bucket - at <= BUCKETS)
    const sorted = counting.toSorted(([a], [b]) => a - b)
    const used = sorted.reduce((sum, [, amount]) => sum + amount, 0)
    const endMs = (at: number) => Math.ceil((at + BUCKETS + 1) * widthMs - nowMs)
    const last = sorted.at(-1)
    return {
      ...demand,
      bucket,
      remaining: Math.max(0, limit - used),
      resetMs: last ? endMs(last[0]) : 0,
      retryAfterMs: untilFreed(sorted, excessOf({ used, limit, cost }), endMs),
    }
  }

  function count({ name, bucket, limit, cost }: RateState): void {
    const buckets = taken.get(name) ?? new Map<number, number>()
    taken.delete(name)
    taken.set(name, buckets)
    for (const at of buckets.keys()) if (bucket - at > BUCKETS) buckets.delete(at)
    let rest = cost
    for (let window = 0; rest > 0 && window < MOST_WINDOWS; window++) {
      const part = window === MOST_WINDOWS - 1 ? rest : Math.min(rest, limit)
      const at = bucket + window * (BUCKETS + 1)
      buckets.set(at, (buckets.get(at) ?? 0) + part)
      rest -= part
    }
    for (const oldest of taken.keys()) {
      if (taken.size <= maxNames) break
      taken.delete(oldest)
    }
  }
}

/** Asked for after the taking, which the demand itself has made: it stood in nobody's way. */
function asGranted(before: RateState[]) {
  return (state: RateState, index: number): RateState => ({
    ...state,
    bucket: before[index]?.bucket ?? state.bucket,
    retryAfterMs: 0,
  })
}

/** How much must be freed first. */
function excessOf({ used, limit, cost }: { used: number; limit: number; cost: number }): number {
  if (cost > limit) return used
  return Math.max(0, used + Math.max(cost, 1) - limit)
}

function untilFreed(sorted: [number, number][], excess: number, endMs: (at: number) => number): number {
  let freed = 0
  for (const [at, amount] of sorted) {
    if (freed >= excess) break
    freed += amount
    if (freed >= excess) return endMs(at)
  }
  return 0
}
