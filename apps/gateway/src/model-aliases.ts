import { LupaError } from '@lupa/core/domain/errors'
import type { KnownAliases } from '@lupa/core/models/known-aliases'
import type { ModelAlias, ModelAliasStore } from '@lupa/core/models/model-alias-store'
import type { ModelCatalog } from '@lupa/core/models/model-catalog'
import type { FastifyBaseLogger } from 'fastify'
import type { Breakers } from './breaker.ts'
import type { ServedModels } from './served-models.ts'

/**
 * Moves the aliases of models. Once it has resolved, requests through this process find the alias as it is
 * then; other processes read it a moment later. Jobs that were accepted before keep the version they have.
 */
export interface ModelAliases {
  /**
   * Rejects with `model_not_found`, with `alias_refused` for a version that cannot be served, or with
   * `alias_moved` when the alias is not `expected`: null stands for one that is not there.
   */
  point(wish: AliasWish, log: FastifyBaseLogger): Promise<void>
  /** Rejects with `alias_not_found`. */
  remove(wish: Omit<AliasWish, 'version' | 'expected'>, log: FastifyBaseLogger): Promise<void>
}

export interface AliasWish extends Pick<ModelAlias, 'model' | 'alias' | 'version'> {
  expected: string | null | undefined
  client: string
}

export interface ModelAliasesDeps {
  store: ModelAliasStore
  aliases: KnownAliases
  catalog: ModelCatalog
  models: ServedModels
  breakers: Breakers
}

export function createModelAliases({
  store,
  aliases,
  catalog,
  models,
  breakers,
}: ModelAliasesDeps): ModelAliases {
  async function assertServable({ model, alias, version }: AliasWish): Promise<void> {
    const ofModel = (await models.list()).filter(({ found }) => found.name === model)
    if (!(await catalog.has(model, version))) throw noSuchVersion(model, version, await versionsOf(model))
    if (await catalog.has(model, alias)) {
      throw refused(
        `${alias} is a version of ${model} already, and versions go before aliases. Choose another name.`,
      )
    }
    const wanted = ofModel.find(({ found }) => found.version === version)
    const failure = wanted?.failure ?? wanted?.loadFailure
    if (failure) throw refused(`${model}@${version} cannot be served: ${failure} ${alias} stays as it was.`)
  }

  async function versionsOf(model: string): Promise<string[]> {
    return (await catalog.list()).filter(({ name }) => name === model).map(({ version }) => version)
  }

  return {
    async point(wish, log) {
      await assertServable(wish)
      const { model, alias, version, expected, client } = wish
      const pointed = { model, alias, version, setAt: new Date().toISOString(), setBy: client }
      const { accepted, before } = await breakers.jobStore.watch(() => store.setAlias(pointed, expected))
      if (!accepted) throw moved(wish, before)
      await aliases.refresh()
      log.info(
        { client, model, alias, from: before?.version ?? null, to: version },
        'a model alias was pointed',
      )
    },

    async remove({ model, alias, client }, log) {
      const before = await breakers.jobStore.watch(() => store.deleteAlias(model, alias))
      if (!before) throw new LupaError('alias_not_found', `${model} has no alias ${JSON.stringify(alias)}.`)
      await aliases.refresh()
      log.info({ client, model, alias, from: before.version, to: null }, 'a model alias was removed')
    },
  }
}

function noSuchVersion(model: string, version: string, versions: string[]): LupaError {
  const known =
    versions.length > 0 ? `Its versions are ${versions.join(', ')}.` : 'GET /v1/models lists what there is.'
  return new LupaError(
    'model_not_found',
    `There is no model ${JSON.stringify(`${model}@${version}`)}. ${known}`,
  )
}

function refused(detail: string): LupaError {
  return new LupaError('alias_refused', detail)
}

function moved({ model, alias, expected }: AliasWish, before: ModelAlias | undefined): LupaError {
  const now = before ? `is version ${before.version}` : 'is not there'
  const wished = expected === null ? 'and was to be new' : `and not version ${expected}`
  return new LupaError('alias_moved', `${model}@${alias} ${now} by now, ${wished}. It was left as it is.`)
}
