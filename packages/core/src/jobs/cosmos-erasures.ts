import type { ErasureRecord } from '../domain/erasure.ts'
import type { CosmosDatabase } from './cosmos-database.ts'
import { createCosmosItems } from './cosmos-items.ts'
import type { ErasureStore } from './erasure-store.ts'

type ErasureItem = ErasureRecord & { kind: 'erasure' }

export function createCosmosErasures(database: CosmosDatabase): ErasureStore {
  const erasures = createCosmosItems<ErasureItem>(database, 'admin', { expiresAt: (one) => one.expires_at })
  const batches = createCosmosItems(database, 'batches')
  const deliveries = createCosmosItems(database, 'deliveries')
  const keys = createCosmosItems(database, 'clients')

  return {
    putErasure(erasure) {
      return erasures.put({ ...erasure, kind: 'erasure' })
    },

    async getErasure(id) {
      const item = await erasures.read(id)
      return item?.kind === 'erasure' ? toErasure(item) : undefined
    },

    async listRunningErasures(limit) {
      const where = "c.kind = 'erasure' AND c.status = 'running'"
      return (await erasures.find({ where, values: {}, orderBy: 'c.created_at ASC', limit })).map(toErasure)
    },

    async deleteClientData(client, createdBefore) {
      const values = { client, before: createdBefore.toISOString() }
      const older = 'c.client = @client AND c.created_at < @before'
      const counts = await Promise.all([
        batches.deleteAll({ where: older, values }),
        deliveries.deleteAll({ where: older, values }),
        keys.deleteAll({ where: "c.kind = 'key' AND c.client = @client AND c.claimedAt < @before", values }),
      ])
      return counts.reduce((sum, one) => sum + one, 0)
    },

    sweepErasures(now) {
      const where = "c.kind = 'erasure' AND c.expires_at <= @now"
      return erasures.deleteAll({ where, values: { now: now.toISOString() } })
    },
  }
}

function toErasure({ kind, ...erasure }: ErasureItem): ErasureRecord {
  return erasure
}
