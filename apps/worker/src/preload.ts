import type { ModelCatalog } from '@lupa/core/models/model-catalog'
import type { ModelPackage } from '@lupa/core/models/model-package'

/** The models that each child loads before it is ready: the default one, then as many others as it keeps. */
export async function modelsToPreload(
  catalog: ModelCatalog,
  defaultModel: string,
  limit: number,
): Promise<ModelPackage[]> {
  const usable = (await catalog.list()).flatMap((found) => (found.package ? [found.package] : []))
  const newest = usable.filter((model, at) => usable.findIndex(({ name }) => name === model.name) === at)
  const isDefault = (model: ModelPackage) => model.name === defaultModel.split('@')[0]
  return [...newest.filter(isDefault), ...newest.filter((model) => !isDefault(model))].slice(0, limit)
}
