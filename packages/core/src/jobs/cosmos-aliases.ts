import { createHash } from 'node:crypto'
import type { ModelAlias, ModelAliasStore } from '../models/model-alias-store.ts'
import type { CosmosDatabase } from './cosmos-database.ts'
import { createCosmosItems } from './cosmos-items.ts'

type AliasItem = ModelAlias & { id: string; kind: 'alias' }

/** More than anybody has. */
const MOST = 10_000

export function createCosmosAliases(database: CosmosDatabase): ModelAliasStore {
  const aliases = createCosmosItems<AliasItem>(database, 'clients')

  return {
    async listAliases() {
      const select = { where: `c.kind = 'alias'`, values: {}, orderBy: 'c.model ASC', limit: MOST }
      return (await aliases.find(select)).map(toAlias).toSorted(byModelThenAlias)
    },

    setAlias,

    async deleteAlias(model, alias) {
      const id = toId(model, alias)
      for (;;) {
        const stored = await aliases.read(id)
        if (!stored) return undefined
        // One that was moved meanwhile is read anew, so that it is told what was deleted.
        const where = 'c.id = @id AND c.version = @version'
        if (await aliases.deleteAll({ where, values: { id, version: stored.version } }))
          return toAlias(stored)
      }
    },
  }

  async function setAlias(
    alias: ModelAlias,
    expected?: string | null,
  ): ReturnType<ModelAliasStore['setAlias']> {
    const item: AliasItem = { ...alias, id: toId(alias.model, alias.alias), kind: 'alias' }
    const mayBeNew = expected === undefined || expected === null
    if (mayBeNew && (await aliases.create(item))) return { accepted: true, before: undefined }

    let before: AliasItem | undefined
    const isExpected = ({ version }: AliasItem) => expected === undefined || version === expected
    const found = await aliases.update(item.id, (stored) => {
      before = stored
      return isExpected(stored) && stored.version !== item.version ? item : undefined
    })
    if (before && found) return { accepted: isExpected(before), before: toAlias(before) }
    // Deleted between the two: once more.
    return mayBeNew ? setAlias(alias, expected) : { accepted: false, before: undefined }
  }
}

/** A hash: names of models and aliases may have signs that an id may not. */
function toId(model: string, alias: string): string {
  return `alias-${createHash('sha256')
    .update(JSON.stringify([model, alias]))
    .digest('hex')}`
}

function toAlias({ id, kind, ...alias }: AliasItem): ModelAlias {
  return alias
}

function byModelThenAlias(one: ModelAlias, other: ModelAlias): number {
  return compare(one.model, other.model) || compare(one.alias, other.alias)
}

const compare = (a: string, b: string) => Number(a > b) - Number(a < b)
