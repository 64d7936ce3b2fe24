import { forEachAtOnce } from './at-once.ts'
import type { DirectUpload, DirectUploads } from './direct-uploads.ts'
import type { IncomingImage } from './incoming-image.ts'

const AT_ONCE = 8

/** Each is read when its turn comes; those that were read can be dropped together. */
export function uploadedImages(
  uploadIds: string[],
  client: string,
  directUploads: DirectUploads,
): { images: AsyncIterable<IncomingImage>; drop: () => Promise<void> } {
  const read: DirectUpload[] = []

  async function* images(): AsyncGenerator<IncomingImage> {
    for (const uploadId of uploadIds) {
      const found = await directUploads.find(uploadId, client).catch((error: unknown) => ({ error }))
      yield {
        name: 'error' in found ? null : found.imageName,
        async read() {
          if ('error' in found) throw found.error
          const image = await found.read()
          read.push(found)
          return image
        },
      }
    }
  }

  return {
    images: images(),
    drop: () => forEachAtOnce(read, AT_ONCE, (upload) => upload.drop()),
  }
}
