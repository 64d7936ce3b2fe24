/** Names that are moved from version to version: `bottle-status@stable` is version 2 until it is pointed elsewhere. */
export interface ModelAliasStore {
  /** All of them, by model, then by alias. */
  listAliases(): Promise<ModelAlias[]>
  /**
   * Points an alias to a version, whether or not it was there before. With `expected`, only if it points to
   * that version by then; null: only if there is no such alias. It points to the one or to the other, at any
   * moment and for every reader. Resolves to whether it points there now, and to what it was.
   */
  setAlias(
    alias: ModelAlias,
    expected?: string | null,
  ): Promise<{ accepted: boolean; before: ModelAlias | undefined }>
  /** Resolves to what it was; to undefined when there was no such alias. */
  deleteAlias(model: string, alias: string): Promise<ModelAlias | undefined>
}

/** The alias that means what `alias` is about to mean: workers load that before it is switched to. */
export function nextOf(alias: string): string {
  return `${alias}${NEXT}`
}

export function isNext({ alias }: Pick<ModelAlias, 'alias'>): boolean {
  return alias.endsWith(NEXT)
}

const NEXT = '.next'

export interface ModelAlias {
  model: string
  alias: string
  version: string
  /** When it was pointed to this version, and by which client. */
  setAt: string
  setBy: string
}
