import type { SharedConfig } from '../runtime/settings.ts'
import type { JobStore } from './job-store.ts'

/** The job store that the settings name. Imported on demand: the Azure SDK is slow to load. */
export async function openJobStore(config: SharedConfig['jobStore']): Promise<JobStore> {
  if (config.provider === 'sqlite') {
    const { createSqliteJobStore } = await import('./sqlite-job-store.ts')
    return createSqliteJobStore(config)
  }
  const { createCosmosJobStore } = await import('./cosmos-job-store.ts')
  return createCosmosJobStore({ ...config, createIfMissing: config.key !== undefined })
}
