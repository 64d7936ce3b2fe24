import type { ImageStore } from '../images/image-store.ts'
import { createCosmosAliases } from './cosmos-aliases.ts'
import { createCosmosApiKeys } from './cosmos-api-keys.ts'
import { createCosmosAudit } from './cosmos-audit.ts'
import { createCosmosBatches } from './cosmos-batches.ts'
import { type CosmosOptions, openCosmosDatabase } from './cosmos-database.ts'
import { createCosmosDeliveries } from './cosmos-deliveries.ts'
import { createCosmosErasures } from './cosmos-erasures.ts'
import { createCosmosJobs } from './cosmos-jobs.ts'
import { createCosmosKeys } from './cosmos-keys.ts'
import type { RecordStore } from './record-store.ts'

/**
 * All records in one database of Cosmos DB for NoSQL.
 *
 * Gateway and worker are different clients, so the account's consistency must let one read what another
 * has written: Bounded Staleness (strong within one region) or Strong, not Session.
 * https://learn.microsoft.com/azure/cosmos-db/consistency-levels
 */
export function createCosmosRecordStore({
  imageStore,
  ...options
}: CosmosOptions & {
  /** Keeps predictions that are too large for a record. */
  imageStore: Pick<ImageStore, 'putRender' | 'getRender'>
}): RecordStore {
  const database = openCosmosDatabase(options)
  return {
    ...createCosmosJobs(database, imageStore),
    ...createCosmosDeliveries(database),
    ...createCosmosBatches(database),
    ...createCosmosKeys(database),
    ...createCosmosApiKeys(database),
    ...createCosmosAudit(database),
    ...createCosmosAliases(database),
    ...createCosmosErasures(database),
    check: () => database.check(),
    close: async () => database.close(),
  }
}
