import type { ImageStore } from '../images/image-store.ts'
import type { CosmosCharges } from '../metrics/cosmos-charges.ts'
import type { SharedConfig } from '../runtime/settings.ts'
import type { RecordStore } from './record-store.ts'

/** The record store that the settings name. Imported on demand: the Azure SDK is slow to load. */
export async function openRecordStore(
  config: SharedConfig['jobStore'],
  { imageStore, charges }: { imageStore: ImageStore; charges?: Pick<CosmosCharges, 'onCharge'> | undefined },
): Promise<RecordStore> {
  if (config.provider === 'sqlite') {
    const { createSqliteRecordStore } = await import('./sqlite-record-store.ts')
    return createSqliteRecordStore(config)
  }
  const { createCosmosRecordStore } = await import('./cosmos-record-store.ts')
  const { endpoint, key, database } = config
  return createCosmosRecordStore({
    endpoint,
    key,
    database,
    imageStore,
    createIfMissing: config.key !== undefined,
    ...(charges && { onCharge: charges.onCharge }),
  })
}
