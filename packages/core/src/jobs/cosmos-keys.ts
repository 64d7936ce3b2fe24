import { createHash } from 'node:crypto'
import type { CosmosDatabase } from './cosmos-database.ts'
import { createCosmosItems } from './cosmos-items.ts'
import type { HeldClaim, KeyClaim, KeyStore } from './key-store.ts'

/** Of one job or batch there is one. */
const MOST = 10

type KeyItem = HeldClaim & { id: string; kind: 'key' }

export function createCosmosKeys(database: CosmosDatabase): KeyStore {
  const keys = createCosmosItems<KeyItem>(database, 'clients', { expiresAt: (claim) => claim.expiresAt })

  return {
    claimKey,

    async releaseKey(client, key, jobId) {
      const where = 'c.id = @id AND c.jobId = @jobId'
      await keys.deleteAll({ where, values: { id: toId(client, key), jobId } })
    },

    async noteErased(jobId) {
      const where = `c.kind = 'key' AND c.jobId = @jobId`
      const found = await keys.find({ where, values: { jobId }, orderBy: 'c.id ASC', limit: MOST })
      const note = (stored: KeyItem) => (stored.jobId === jobId ? { ...stored, erased: true } : undefined)
      await Promise.all(found.map(({ id }) => keys.update(id, note)))
    },

    sweepKeys(now) {
      const where = `c.kind = 'key' AND c.expiresAt <= @now`
      return keys.deleteAll({ where, values: { now: now.toISOString() } })
    },
  }

  async function claimKey(claim: KeyClaim): Promise<HeldClaim> {
    const item: KeyItem = { ...claim, erased: false, id: toId(claim.client, claim.key), kind: 'key' }
    if (await keys.create(item)) return toClaim(item)
    const held = await keys.update(item.id, ({ expiresAt }) =>
      expiresAt <= claim.claimedAt ? item : undefined,
    )
    // Released between the two: once more.
    return held ? toClaim(held.item) : claimKey(claim)
  }
}

/** A hash: a key may have signs that an id may not. */
function toId(client: string, key: string): string {
  return `key-${createHash('sha256')
    .update(JSON.stringify([client, key]))
    .digest('hex')}`
}

function toClaim({ id, kind, ...claim }: KeyItem): HeldClaim {
  return claim
}
