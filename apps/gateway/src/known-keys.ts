import type { ApiKeyStore } from '@lupa/core/clients/api-key-store'
import { digestOf, idOfApiKey, isSameDigest } from '@lupa/core/clients/api-key-text'
import type { ApiKeyRecord } from '@lupa/core/domain/api-key'
import { LupaError } from '@lupa/core/domain/errors'
import type { Logger } from '@lupa/core/runtime/logger'
import type { Breaker } from './breaker.ts'

/** The API keys of the job store, as this process knows them. */
export interface KnownKeys {
  /**
   * The key that this text is, if it is good now. Rejects with `store_unavailable` when that cannot be told.
   * @param options.mayAsk tells whether the store may be asked for a key that was never heard of
   */
  find(text: string, options: { mayAsk: () => Promise<boolean> }): Promise<ApiKeyRecord | undefined>
  /** What is known of the key is not so any more. */
  forget(id: string): void
  /** Notes the last uses. */
  close(): Promise<void>
}

/** A key that is revoked is refused after this long at most, by every gateway. */
export const KNOWN_FOR_MS = 5000
/** While the store does not answer, what was known this long ago still holds. */
const TRUSTED_FOR_MS = 60_000
const NOTED_EVERY_MS = 60_000
const MOST_KNOWN = 10_000

interface Known {
  key: ApiKeyRecord | undefined
  atMs: number
}

/** Compared with when there is no key, so that it takes the same time. */
const NO_DIGEST = '0'.repeat(64)

export function createKnownKeys({
  store,
  breaker,
  secret,
  logger,
  knownForMs = KNOWN_FOR_MS,
  notedEveryMs = NOTED_EVERY_MS,
}: {
  store: ApiKeyStore
  breaker: Breaker
  secret: string
  logger: Logger
  knownForMs?: number
  notedEveryMs?: number
}): KnownKeys {
  const known = new Map<string, Known>()
  const asking = new Map<string, Promise<ApiKeyRecord | undefined>>()
  let uses = new Map<string, Date>()
  const timer = setInterval(() => void noteUses(), notedEveryMs)

  return {
    async find(text, { mayAsk }) {
      const id = idOfApiKey(text)
      if (id === undefined) return undefined
      const key = await latest(id, mayAsk)
      const now = new Date()
      const isRight = isMatch(key, digestOf(text, secret), now.toISOString())
      if (!key || !isRight || !isGood(key, now.toISOString())) return undefined
      uses.set(id, now)
      return key
    },

    forget(id) {
      known.delete(id)
      asking.delete(id)
    },

    async close() {
      clearInterval(timer)
      await noteUses()
    },
  }

  async function latest(id: string, mayAsk: () => Promise<boolean>): Promise<ApiKeyRecord | undefined> {
    const before = known.get(id)
    const ageMs = before ? performance.now() - before.atMs : Number.POSITIVE_INFINITY
    if (before && ageMs < knownForMs) return before.key
    if (!before && !(await mayAsk())) return undefined
    try {
      return await ask(id)
    } catch (error) {
      if (before && ageMs < TRUSTED_FOR_MS) return before.key
      throw error
    }
  }

  /** Once, for all who want to know at the same time. */
  function ask(id: string): Promise<ApiKeyRecord | undefined> {
    const already = asking.get(id)
    if (already) return already
    if (breaker.report().state === 'open') {
      throw new LupaError('store_unavailable', 'The job store did not answer a moment ago.')
    }
    const answer = breaker
      .watch(() => store.getApiKey(id))
      .then((key) => {
        // Not if it was forgotten meanwhile.
        if (asking.get(id) === answer) remember(id, key)
        return key
      })
      .finally(() => {
        if (asking.get(id) === answer) asking.delete(id)
      })
    asking.set(id, answer)
    return answer
  }

  function remember(id: string, key: ApiKeyRecord | undefined): void {
    known.delete(id)
    known.set(id, { key, atMs: performance.now() })
    for (const oldest of known.keys()) {
      if (known.size <= MOST_KNOWN) break
      known.delete(oldest)
    }
  }

  async function noteUses(): Promise<void> {
    if (uses.size === 0) return
    const noted = uses
    uses = new Map()
    await store
      .noteApiKeyUses(noted)
      .catch((err) => logger.warn({ err }, 'when API keys were used last is not noted'))
  }
}

/** Both digests are looked at always, so that time tells nothing of which was right. */
function isMatch(key: ApiKeyRecord | undefined, digest: string, now: string): boolean {
  const isCurrent = isSameDigest(digest, key?.digest ?? NO_DIGEST)
  const isPrevious = isSameDigest(digest, key?.previous_digest ?? NO_DIGEST)
  return isCurrent || (isPrevious && (key?.previous_until ?? '') > now)
}

function isGood({ revoked_at, expires_at }: ApiKeyRecord, now: string): boolean {
  return revoked_at === null && (expires_at === null || expires_at > now)
}
