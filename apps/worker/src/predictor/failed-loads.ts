import type { ModelState } from '@lupa/core/jobs/worker-registry'
import type { ModelPackage } from '@lupa/core/models/model-package'

/** The models that could not be loaded, and when they may be tried again. */
export interface FailedLoads {
  /** Why a model is not tried now; undefined: it may be. */
  reason(model: ModelPackage): string | undefined
  note(model: ModelPackage, detail: string, options: { died: boolean }): void
  forget(model: ModelPackage): void
  states(): ModelState[]
}

export interface FailedLoadsOptions {
  /** After the first failure; each further one in a row doubles it. */
  restMs: number
}

/** A model that took its process along so often is not tried again. */
const FATAL_LOADS = 2
const LONGEST_REST = 20

interface Failure {
  model: ModelPackage
  detail: string
  times: number
  deaths: number
  untilMs: number
}

export function createFailedLoads({ restMs }: FailedLoadsOptions): FailedLoads {
  const failures = new Map<string, Failure>()

  const isFatal = ({ deaths }: Failure) => deaths >= FATAL_LOADS
  const stands = (failure: Failure) => isFatal(failure) || performance.now() < failure.untilMs

  return {
    reason(model) {
      const failure = failures.get(model.digest)
      if (!failure || !stands(failure)) return undefined
      // The file is the same, but its manifest is not: that may have been what was wrong.
      if (!isFatal(failure) && !isSame(failure.model, model)) return undefined
      return failure.detail
    },

    note(model, detail, { died }) {
      const before = failures.get(model.digest)
      const times = (before?.times ?? 0) + 1
      failures.set(model.digest, {
        model,
        detail,
        times,
        deaths: (before?.deaths ?? 0) + Number(died),
        untilMs: performance.now() + restMs * Math.min(2 ** (times - 1), LONGEST_REST),
      })
    },

    forget: ({ digest }) => void failures.delete(digest),

    // One that may be tried again is no failure any more: whoever asks for it should not be refused before.
    states: () =>
      [...failures.values()].filter(stands).map(({ model: { name, version, digest }, detail }) => ({
        name,
        version,
        digest,
        failure: detail,
      })),
  }
}

function isSame(a: ModelPackage, b: ModelPackage): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}
