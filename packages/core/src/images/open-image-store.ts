import type { SharedConfig } from '../runtime/settings.ts'
import type { ImageStore } from './image-store.ts'

/** The image store that the settings name. Imported on demand: the Azure SDK is slow to load. */
export async function openImageStore(config: SharedConfig['imageStore']): Promise<ImageStore> {
  if (config.provider === 'folder') {
    const { createFolderImageStore } = await import('./folder-image-store.ts')
    return createFolderImageStore(config)
  }
  const { createAzureBlobImageStore } = await import('./azure-blob-image-store.ts')
  return createAzureBlobImageStore(config)
}
