import type { ModelPackage } from '@lupa/core/models/model-package'

/** How often the children's self-tests passed and failed, by model. */
export interface SelfTestLog {
  note(model: ModelPackage, fault: string | null): void
  counts(): SelfTestCount[]
}

export interface SelfTestCount {
  /** `name@version`. */
  model: string
  passed: number
  failed: number
}

export function createSelfTestLog(): SelfTestLog {
  const counts = new Map<string, SelfTestCount>()
  return {
    note({ name, version }, fault) {
      const model = `${name}@${version}`
      const count = counts.get(model) ?? { model, passed: 0, failed: 0 }
      count[fault === null ? 'passed' : 'failed']++
      counts.set(model, count)
    },
    counts: () => [...counts.values()],
  }
}
