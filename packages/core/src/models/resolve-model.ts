import { LupaError } from '../domain/errors.ts'
import type { KnownAliases } from './known-aliases.ts'
import type { ModelCatalog } from './model-catalog.ts'
import type { ModelPackage } from './model-package.ts'

/** The alias that a request means which names neither a version nor an alias. */
export const STABLE = 'stable'

/**
 * The package that a client means by `name`, `name@version` or `name@alias`, and the alias that led to it.
 *
 * A version goes before an alias of the same name: what a job has recorded as its version always leads back
 * to that. An alias whose version cannot be served is an error, and never another version: whoever pointed
 * it there is to hear of it from the first request, not from what a model they did not choose has answered.
 *
 * Rejects with `model_not_found`, `model_unavailable`, or, before the aliases were ever read,
 * `store_unavailable`.
 */
export type ResolveModel = (wanted: string) => Promise<{ model: ModelPackage; alias: string | null }>

export function createResolveModel({
  catalog,
  aliases,
}: {
  catalog: ModelCatalog
  aliases: Pick<KnownAliases, 'versionOf'>
}): ResolveModel {
  return async function resolveModel(wanted) {
    const { name, selector } = splitModelName(wanted)
    const isVersion = selector !== undefined && (await catalog.has(name, selector))
    const alias = selector ?? STABLE
    const version = isVersion ? undefined : await aliases.versionOf(name, alias)
    if (version === undefined) return { model: await catalog.resolve(wanted), alias: null }
    try {
      return { model: await catalog.resolve(`${name}@${version}`), alias }
    } catch (thrown) {
      throw thrown instanceof LupaError ? aliasLeadsNowhere({ name, alias, version }, thrown) : thrown
    }
  }
}

/** `name`, or `name@` and a version or an alias. */
export function splitModelName(wanted: string): { name: string; selector: string | undefined } {
  const at = wanted.indexOf('@')
  return at < 0
    ? { name: wanted, selector: undefined }
    : { name: wanted.slice(0, at), selector: wanted.slice(at + 1) }
}

function aliasLeadsNowhere(
  { name, alias, version }: { name: string; alias: string; version: string },
  cause: LupaError,
): LupaError {
  return new LupaError(
    'model_unavailable',
    `${name}@${alias} is version ${version}, which cannot be served. ${cause.message} Or point the alias to another version: PUT /v1/models/${name}/aliases/${alias}.`,
    { cause },
  )
}
