import type { ModelPackage } from '@lupa/core/models/model-package'

/** The places for models in a child, and whose turn it is to go when they are all taken. */
export interface Places {
  count: number
  /** Stays, whoever comes, unless there is but one place. */
  pinned?: string | undefined
  /** When the model of a digest was asked for last; 0: never. */
  usedAtMs: (digest: string) => number
}

/** The models of a child that is to have one more: what was used longest ago makes room. */
export function withModel(
  models: readonly ModelPackage[],
  model: ModelPackage,
  places: Places,
): ModelPackage[] {
  const others = models.filter(({ digest }) => digest !== model.digest)
  const leaving = new Set(
    others.toSorted((a, b) => rank(a, places) - rank(b, places)).slice(places.count - 1),
  )
  return [model, ...others.filter((other) => !leaving.has(other))]
}

/** Which of a child's models goes for another one; undefined: there is room. */
export function leaverFor(
  models: readonly ModelPackage[],
  model: ModelPackage,
  places: Places,
): ModelPackage | undefined {
  const stay = new Set(withModel(models, model, places))
  return models.find((other) => other.digest !== model.digest && !stay.has(other))
}

/** First the one to keep longest. */
const rank = ({ digest }: ModelPackage, { pinned, usedAtMs }: Places) =>
  digest === pinned ? Number.NEGATIVE_INFINITY : -usedAtMs(digest)
