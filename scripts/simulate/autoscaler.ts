/** How many replicas one app may have, and how soon a new one serves. */
export interface ScaleBounds {
  min: number
  max: number
  /** How often the rules are looked at. */
  everySeconds: number
  /** After so long without need the last replica goes, where the least is none. */
  cooldownSeconds: number
  startSeconds: number
}

export interface Replica {
  readyAtSecond: number
}

/** As Container Apps says it does: https://learn.microsoft.com/azure/container-apps/scale-app#scale-behavior */
const SHRINKS_AFTER_SECONDS = 300
/** From none to one, then by four or by as many as there are, whichever is more, at each look. */
const LEAST_STEP = 4

/** `desiredReplicas = ceil(currentMetricValue / targetMetricValue)`, of the rule that asks for most. */
export function desiredReplicas(rules: readonly { current: number; target: number }[]): number {
  return Math.max(0, ...rules.map(({ current, target }) => Math.ceil(current / target)))
}

/** The replicas of one app over virtual time. */
export interface Autoscaler<R extends Replica> {
  replicas: readonly R[]
  ready(second: number): R[]
  /** Looks at the rules, if it is time to, and adds replicas or takes some away. Returns those that go. */
  look(second: number, wanted: () => number): R[]
}

export function createAutoscaler<R extends Replica>(
  bounds: ScaleBounds,
  create: (readyAtSecond: number) => R,
): Autoscaler<R> {
  const { min, max, everySeconds, cooldownSeconds, startSeconds } = bounds
  let replicas = Array.from({ length: min }, () => create(0))
  let looks: { atSecond: number; wanted: number }[] = []
  let neededAtSecond = Number.NEGATIVE_INFINITY
  let nextLookAtSecond = everySeconds

  function highestLately(second: number, wanted: number): number {
    looks = [...looks, { atSecond: second, wanted }].filter(
      ({ atSecond }) => atSecond > second - SHRINKS_AFTER_SECONDS,
    )
    return Math.max(...looks.map((look) => look.wanted))
  }

  return {
    get replicas() {
      return replicas
    },

    ready: (second) => replicas.filter(({ readyAtSecond }) => readyAtSecond <= second),

    look(second, wantedNow) {
      if (second < nextLookAtSecond) return []
      nextLookAtSecond += everySeconds
      const wanted = wantedNow()
      if (wanted > 0) neededAtSecond = second
      const stable = highestLately(second, wanted)
      const floor = second - neededAtSecond < cooldownSeconds ? Math.max(1, min) : min
      const target = Math.min(max, Math.max(floor, wanted, Math.min(stable, replicas.length)))
      if (target > replicas.length) {
        const most = replicas.length === 0 ? 1 : replicas.length + Math.max(LEAST_STEP, replicas.length)
        const added = Math.min(target, most) - replicas.length
        replicas = [...replicas, ...Array.from({ length: added }, () => create(second + startSeconds))]
        return []
      }
      const going = replicas.slice(target)
      replicas = replicas.slice(0, target)
      return going
    },
  }
}
