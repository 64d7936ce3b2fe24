import { LupaError } from '@lupa/core/domain/errors'
import type { ModelAlias } from '@lupa/core/models/model-alias-store'
import type { ModelCatalog } from '@lupa/core/models/model-catalog'
import type { ServedModel, ServedModels } from './served-models.ts'

/**
 * The version that an alias is to mean, as it is now. Rejects with `model_not_found`, or with
 * `alias_refused` when it cannot be served, or when the alias is called as a version is.
 */
export type FindServable = (wish: Pick<ModelAlias, 'model' | 'alias' | 'version'>) => Promise<ServedModel>

export function createFindServable({
  catalog,
  models,
}: {
  catalog: ModelCatalog
  models: ServedModels
}): FindServable {
  return async function findServable({ model, alias, version }) {
    const ofModel = (await models.list()).filter(({ found }) => found.name === model)
    const wanted = ofModel.find(({ found }) => found.version === version)
    // What an alias means and is not there any more is listed too.
    if (!wanted || !(await catalog.has(model, version))) throw noSuchVersion(model, version, ofModel)
    if (await catalog.has(model, alias)) {
      const detail = `${alias} is a version of ${model} already, and versions go before aliases. Choose another name.`
      throw new LupaError('alias_refused', detail)
    }
    const failure = wanted.failure ?? wanted.loadFailure
    if (failure === null) return wanted
    throw new LupaError(
      'alias_refused',
      `${model}@${version} cannot be served: ${failure} ${alias} stays as it was.`,
    )
  }
}

function noSuchVersion(model: string, version: string, ofModel: ServedModel[]): LupaError {
  const versions = ofModel.filter(({ found }) => found.package).map(({ found }) => found.version)
  const known =
    versions.length > 0
      ? `Those that can be served are ${versions.join(', ')}.`
      : 'GET /v1/models lists what there is.'
  const wanted = JSON.stringify(`${model}@${version}`)
  return new LupaError('model_not_found', `There is no model ${wanted}. ${known}`)
}
