import type { KnownAliases } from '@lupa/core/models/known-aliases'
import { isNext } from '@lupa/core/models/model-alias-store'
import type { ModelCatalog } from '@lupa/core/models/model-catalog'
import type { ModelPackage } from '@lupa/core/models/model-package'
import { createResolveModel } from '@lupa/core/models/resolve-model'

export interface PreloadOptions {
  catalog: ModelCatalog
  aliases: KnownAliases
  defaultModel: string
  /** How many models a child keeps. */
  limit: number
}

/**
 * The models to have loaded before a job asks for them: the default one, what aliases are being switched to,
 * what they mean, then what every other model runs when no version is named; as many as a child keeps.
 */
export async function modelsToPreload(options: PreloadOptions): Promise<ModelPackage[]> {
  const { catalog, aliases, defaultModel, limit } = options
  const found = await catalog.list()
  // Without the store there is no telling what they mean: the highest versions are the best guess.
  const pointed = await aliases.list().catch(() => [])
  const versionOf = async (model: string, alias: string) =>
    pointed.find((one) => one.model === model && one.alias === alias)?.version
  const resolveModel = createResolveModel({ catalog, aliases: { versionOf } })
  const wanted = [
    defaultModel,
    ...[...pointed.filter(isNext), ...pointed].map(({ model, alias }) => `${model}@${alias}`),
    ...found.map(({ name }) => name),
  ]
  const models = new Map<string, ModelPackage>()
  for (const one of new Set(wanted)) {
    if (models.size >= limit) break
    const resolved = await resolveModel(one).catch(() => undefined)
    if (resolved) models.set(resolved.model.digest, resolved.model)
  }
  return [...models.values()]
}

/**
 * Looks again for what is to be loaded, and has it prepared: a version that was put into the folder, or
 * that an alias was pointed to, is then warm when its first job comes.
 */
export function createFollowModels({
  prepare,
  pin,
  preloaded,
  ...options
}: PreloadOptions & {
  /** Loads a model when there is time for it. */
  prepare: (model: ModelPackage) => void
  /** Keeps a model loaded, in place of the one before. */
  pin: (model: ModelPackage) => void
  /** What is loaded already, or has failed to. */
  preloaded: readonly ModelPackage[]
}): () => Promise<void> {
  let known = digestsOf(preloaded)
  return async function followModels() {
    await options.aliases.refresh()
    const models = await modelsToPreload(options)
    const [first] = models
    if (first) pin(first)
    for (const model of models) if (!known.has(model.digest)) prepare(model)
    known = digestsOf(models)
  }
}

const digestsOf = (models: readonly ModelPackage[]) => new Set(models.map(({ digest }) => digest))
