import type { ModelAlias, ModelAliasStore } from './model-alias-store.ts'

/** The aliases as they were read last, so that whoever asks for a model waits for no store. */
export interface KnownAliases {
  /** Reads them anew: whatever was stored before this call is known once it resolves. */
  refresh(): Promise<void>
  /** Those known; when none were ever read, as they are. Rejects with `store_unavailable` then only. */
  list(): Promise<readonly ModelAlias[]>
  /** The version that the alias means; undefined when the model has no such alias. Rejects as `list` does. */
  versionOf(model: string, alias: string): Promise<string | undefined>
}

/** How old what is known may be, while the store answers: whoever keeps a `KnownAliases` refreshes it as often. */
export const REFRESH_ALIASES_EVERY_MS = 2000

export function createKnownAliases({ store }: { store: Pick<ModelAliasStore, 'listAliases'> }): KnownAliases {
  let known: readonly ModelAlias[] | undefined
  let reads = 0
  let newestRead = 0
  let firstRead: Promise<void> | undefined

  async function refresh(): Promise<void> {
    const read = ++reads
    const aliases = await store.listAliases()
    // One that began earlier and took longer may have missed what this one saw.
    if (read < newestRead) return
    newestRead = read
    known = aliases
  }

  async function list(): Promise<readonly ModelAlias[]> {
    if (known) return known
    firstRead ??= refresh().finally(() => {
      firstRead = undefined
    })
    await firstRead
    return known ?? []
  }

  return {
    refresh,
    list,
    async versionOf(model, alias) {
      return (await list()).find((one) => one.model === model && one.alias === alias)?.version
    },
  }
}
