import { setTimeout as sleep } from 'node:timers/promises'
import { LupaError } from '@lupa/core/domain/errors'
import type { KnownAliases } from '@lupa/core/models/known-aliases'
import { type ModelAlias, type ModelAliasStore, nextOf } from '@lupa/core/models/model-alias-store'
import type { FastifyBaseLogger } from 'fastify'
import type { Breakers } from './breaker.ts'
import type { FindServable } from './find-servable.ts'

/**
 * Moves the aliases of models. Once it has resolved, requests through this process find the alias as it is
 * then; other processes read it a moment later. Jobs that were accepted before keep the version they have.
 */
export interface ModelAliases {
  /**
   * Rejects with `model_not_found`, with `alias_refused` for a version that cannot be served or that no
   * worker has loaded in time, or with `alias_moved` when the alias is not `expected`: null stands for one
   * that is not there.
   */
  point(wish: AliasWish, log: FastifyBaseLogger): Promise<void>
  /** Rejects with `alias_not_found`. */
  remove(wish: Pick<AliasWish, 'model' | 'alias' | 'client'>, log: FastifyBaseLogger): Promise<void>
}

export interface AliasWish extends Pick<ModelAlias, 'model' | 'alias' | 'version'> {
  expected: string | null | undefined
  client: string
  /** How long workers may take to load the version before it is switched to; 0: they load it after. */
  waitMs: number
}

export interface ModelAliasesDeps {
  store: ModelAliasStore
  aliases: KnownAliases
  findServable: FindServable
  breakers: Breakers
  /** Aborts when this process is to end. */
  stopping: AbortSignal
}

/** Workers beat every few seconds. */
const LOOK_EVERY_MS = 250
/** No request may take as long. */
const LONGEST_SWITCH_MS = 5 * 60_000

export function createModelAliases(deps: ModelAliasesDeps): ModelAliases {
  const { store, aliases, findServable, breakers } = deps

  async function move(wish: AliasWish, log: FastifyBaseLogger): Promise<void> {
    const { model, alias, version, expected, client } = wish
    const { accepted, before } = await breakers.jobStore.watch(() => store.setAlias(toAlias(wish), expected))
    if (!accepted) throw moved(wish, before)
    await aliases.refresh()
    log.info(
      { client, model, alias, from: before?.version ?? null, to: version },
      'a model alias was pointed',
    )
  }

  /** The store has the last word; this is so that nobody waits in vain. */
  async function assertExpected(wish: AliasWish): Promise<void> {
    await aliases.refresh()
    const before = (await aliases.list()).find(
      ({ model, alias }) => model === wish.model && alias === wish.alias,
    )
    if (wish.expected !== undefined && wish.expected !== (before?.version ?? null)) throw moved(wish, before)
  }

  /** Workers load what aliases mean: another alias has them do so before anybody depends on it. */
  async function moveOnceWarm(wish: AliasWish, log: FastifyBaseLogger): Promise<void> {
    const { model, alias, version } = wish
    await assertExpected(wish)
    const next = { ...toAlias(wish), alias: nextOf(alias) }
    const { accepted, before } = await breakers.jobStore.watch(() => store.setAlias(next, null))
    if (!accepted && before && isUnderWay(before, version)) throw busy(wish, before)
    if (!accepted) await store.setAlias(next)
    try {
      await untilWarm(wish, deps)
      await move(wish, log)
    } finally {
      await store.deleteAlias(model, next.alias)
      await aliases.refresh()
    }
  }

  return {
    async point(wish, log) {
      await findServable(wish)
      await (wish.waitMs > 0 ? moveOnceWarm : move)(wish, log)
    },

    async remove({ model, alias, client }, log) {
      const before = await breakers.jobStore.watch(() => store.deleteAlias(model, alias))
      if (!before) throw new LupaError('alias_not_found', `${model} has no alias ${JSON.stringify(alias)}.`)
      await aliases.refresh()
      log.info({ client, model, alias, from: before.version, to: null }, 'a model alias was removed')
    },
  }
}

/** Every live worker is best; once the time is over, one will do. */
async function untilWarm(
  wish: AliasWish,
  { findServable, stopping }: Pick<ModelAliasesDeps, 'findServable' | 'stopping'>,
): Promise<void> {
  const { model, alias, version, waitMs } = wish
  const givenUpAtMs = performance.now() + waitMs
  for (;;) {
    const { warmWorkers, liveWorkers } = await findServable(wish)
    const isOver = performance.now() >= givenUpAtMs
    if (warmWorkers > 0 && (isOver || warmWorkers === liveWorkers)) return
    if (stopping.aborted) throw new LupaError('service_stopping', 'This gateway is stopping. Try again.')
    if (isOver) {
      const detail = `None of the ${liveWorkers} live workers has loaded ${model}@${version} within ${waitMs / 1000} s. ${alias} stays as it was. Without wait_warm_seconds it is switched at once.`
      throw new LupaError('alias_refused', detail)
    }
    await sleep(LOOK_EVERY_MS)
  }
}

function toAlias({ model, alias, version, client }: AliasWish): ModelAlias {
  return { model, alias, version, setAt: new Date().toISOString(), setBy: client }
}

function moved({ model, alias, expected }: AliasWish, before: ModelAlias | undefined): LupaError {
  const now = before ? `is version ${before.version}` : 'is not there'
  const wished = expected === null ? 'and was to be new' : `and not version ${expected}`
  return new LupaError('alias_moved', `${model}@${alias} ${now} by now, ${wished}. It was left as it is.`)
}

/** To another version, by a gateway that has not died since. */
function isUnderWay(next: ModelAlias, version: string): boolean {
  return next.version !== version && Date.now() - Date.parse(next.setAt) < LONGEST_SWITCH_MS
}

function busy({ model, alias }: AliasWish, next: ModelAlias): LupaError {
  const detail = `${model}@${alias} is just being switched to version ${next.version}. Try again once that is over.`
  return new LupaError('alias_moved', detail)
}
