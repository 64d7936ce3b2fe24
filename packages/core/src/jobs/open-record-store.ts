import type { SharedConfig } from '../runtime/settings.ts'
import type { RecordStore } from './record-store.ts'

/** The record store that the settings name. Imported on demand: the Azure SDK is slow to load. */
export async function openRecordStore(config: SharedConfig['jobStore']): Promise<RecordStore> {
  if (config.provider === 'sqlite') {
    const { createSqliteRecordStore } = await import('./sqlite-record-store.ts')
    return createSqliteRecordStore(config)
  }
  const { createCosmosRecordStore } = await import('./cosmos-record-store.ts')
  return createCosmosRecordStore({ ...config, createIfMissing: config.key !== undefined })
}
