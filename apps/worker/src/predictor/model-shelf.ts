import type { ModelPackage } from '@lupa/core/models/model-package'
import type { LoadedModel } from '../inference/load-model.ts'

/** The models a process has loaded. */
export interface ModelShelf {
  /** The model, loaded now if it was not; the one used longest ago makes room. */
  get(model: ModelPackage): Promise<LoadedModel>
  digests(): string[]
}

export interface ModelShelfOptions {
  limit: number
  load: (model: ModelPackage) => Promise<LoadedModel>
}

/** For one caller at a time. */
export function createModelShelf({ limit, load }: ModelShelfOptions): ModelShelf {
  // A Map keeps the order of insertion: the first was used longest ago.
  const models = new Map<string, LoadedModel>()

  async function makeRoom(): Promise<void> {
    for (const [digest, model] of models) {
      if (models.size <= limit) return
      models.delete(digest)
      await model.session.release()
    }
  }

  return {
    async get(model) {
      // Only once the new one is there: one that does not load costs nobody a place.
      const loaded = models.get(model.digest) ?? (await load(model))
      models.delete(model.digest)
      models.set(model.digest, loaded)
      await makeRoom()
      // Another version may be the same file; it is asked for under its own name.
      return { ...loaded, package: model }
    },
    digests: () => [...models.keys()],
  }
}
