import { buffer } from 'node:stream/consumers'
import {
  type BlobClient,
  type BlobItem,
  BlobSASPermissions,
  type ContainerListBlobFlatSegmentResponse,
} from '@azure/storage-blob'
import { type AzureBlobOptions, openBlobContainer, undefinedIfMissing } from '../runtime/blob-container.ts'
import { readAtMost } from '../runtime/read-at-most.ts'
import { imageKey, imagePath, renderPath, rendersPath } from './image-path.ts'
import type { ImageStore } from './image-store.ts'
import { createSignBlobUrl } from './sign-blob-url.ts'

const SOURCE_SAS_MS = 15 * 60 * 1000

export function createAzureBlobImageStore(options: AzureBlobOptions): ImageStore {
  const { service, identity, container, run } = openBlobContainer(options)
  const blobOf = (key: string) => container.getBlockBlobClient(imagePath(key))
  const sign = createSignBlobUrl({ service, hasIdentity: identity !== undefined })

  return {
    async put(key, image, { contentType }) {
      const blob = blobOf(key)
      const blobHTTPHeaders = { blobContentType: contentType }
      await run((abortSignal) => blob.upload(image, image.byteLength, { abortSignal, blobHTTPHeaders }))
    },

    async get(key) {
      return read(blobOf(key))
    },

    async getUpTo(key, maxBytes) {
      return run(async (abortSignal) => {
        const download = await undefinedIfMissing(blobOf(key).download(0, undefined, { abortSignal }))
        if (!download?.readableStreamBody) return undefined
        return readAtMost(download.readableStreamBody, maxBytes)
      })
    },

    async urlToPut(key, { contentType, expiresAt }) {
      // Create alone would forbid to begin again after a connection was lost.
      const permissions = BlobSASPermissions.parse('cw')
      const url = await run(async (abortSignal) => {
        // Nobody who only has the URL may make the container.
        await container.getProperties({ abortSignal })
        return sign(blobOf(key), { permissions, expiresOn: expiresAt })
      })
      return url
        ? { url, headers: { 'content-type': contentType, 'x-ms-blob-type': 'BlockBlob' } }
        : undefined
    },

    async urlToGet(key, { expiresAt, contentType, contentDisposition }) {
      const permissions = BlobSASPermissions.parse('r')
      const answer = { contentType, contentDisposition }
      return run(() => sign(blobOf(key), { permissions, expiresOn: expiresAt, ...answer }))
    },

    fileOf: () => undefined,

    async copy(from, to) {
      const [source, target] = [blobOf(from), blobOf(to)]
      return run(async (abortSignal) => {
        const { url, sourceAuthorization } = await admit(source)
        const authorization = sourceAuthorization ? { sourceAuthorization } : {}
        const copying = target.syncCopyFromURL(url, { abortSignal, ...authorization })
        return (await undefinedIfMissing(copying)) !== undefined
      })
    },

    async putRender(key, name, render, { contentType }) {
      const blob = container.getBlockBlobClient(renderPath(key, name))
      const blobHTTPHeaders = { blobContentType: contentType }
      await run((abortSignal) => blob.upload(render, render.byteLength, { abortSignal, blobHTTPHeaders }))
    },

    async getRender(key, name) {
      return read(container.getBlockBlobClient(renderPath(key, name)))
    },

    async delete(key) {
      const blob = blobOf(key)
      const prefix = `${rendersPath(key)}/`
      await run(async (abortSignal) => {
        await blob.deleteIfExists({ abortSignal })
        for await (const { name } of container.listBlobsFlat({ abortSignal, prefix })) {
          await container.getBlobClient(name).deleteIfExists({ abortSignal })
        }
      })
    },

    async list({ storedBefore, limit, after }) {
      return run(async (abortSignal) => {
        const paging = { maxPageSize: limit, ...(after ? { continuationToken: after } : {}) }
        const { value } = await container.listBlobsFlat({ abortSignal }).byPage(paging).next()
        const { segment, continuationToken } = value as ContainerListBlobFlatSegmentResponse
        const old = segment.blobItems.filter((blob) => wasStoredBefore(storedBefore, blob))
        return {
          keys: [...new Set(old.flatMap(({ name }) => imageKey(name) ?? []))],
          next: continuationToken || undefined,
        }
      })
    },

    async check() {
      await run((abortSignal) => container.getProperties({ abortSignal }))
    },
  }

  // Not downloadToBuffer, which asks for the length first and then for blocks of 4 MiB.
  function read(blob: BlobClient): Promise<Uint8Array | undefined> {
    return run(async (abortSignal) => {
      const download = await undefinedIfMissing(blob.download(0, undefined, { abortSignal }))
      return download?.readableStreamBody && buffer(download.readableStreamBody)
    })
  }

  /** The service fetches the source by itself, and is let in by a SAS or by our own token. */
  async function admit(source: BlobClient) {
    if (identity) {
      const token = await identity.getToken('https://storage.azure.com/.default')
      const sourceAuthorization = token && { scheme: 'Bearer', value: token.token }
      return { url: source.url, sourceAuthorization }
    }
    const expiresOn = new Date(Date.now() + SOURCE_SAS_MS)
    // Without an account key the connection string holds a SAS, and the URL has it already.
    return {
      url: (await sign(source, { permissions: BlobSASPermissions.parse('r'), expiresOn })) ?? source.url,
    }
  }
}

/** The service tells times without their milliseconds. */
function wasStoredBefore(moment: Date, { properties }: BlobItem): boolean {
  return properties.lastModified.getTime() + 999 < moment.getTime()
}
