import type { SharedConfig } from '../runtime/settings.ts'
import type { Inbox } from './inbox.ts'

/** The inbox that the settings name; null: it is off. Imported on demand: the Azure SDK is slow to load. */
export async function openInbox(config: SharedConfig['inbox']): Promise<Inbox | null> {
  if (!config) return null
  const { createAzureBlobInbox } = await import('./azure-blob-inbox.ts')
  return createAzureBlobInbox(config)
}
