import { buffer } from 'node:stream/consumers'
import { DefaultAzureCredential, type TokenCredential } from '@azure/identity'
import {
  type BlobClient,
  type BlobItem,
  BlobSASPermissions,
  BlobServiceClient,
  type ContainerListBlobFlatSegmentResponse,
  RestError,
  type StoragePipelineOptions,
  StorageSharedKeyCredential,
} from '@azure/storage-blob'
import { LupaError } from '../domain/errors.ts'
import { imageKey, imagePath, renderPath, rendersPath } from './image-path.ts'
import type { ImageStore } from './image-store.ts'

export interface AzureBlobOptions {
  /** Either this, or `accountUrl` to come with the identity of the machine. */
  connectionString?: string | undefined
  accountUrl?: string | undefined
  /** Made when it is missing, unless we come with an identity: its role need not allow that. */
  container: string
  /** An operation that takes longer, retries included, is given up. */
  timeoutMs?: number
}

const SOURCE_SAS_MS = 15 * 60 * 1000

export function createAzureBlobImageStore(options: AzureBlobOptions): ImageStore {
  const { timeoutMs = 15_000 } = options
  const { service, identity } = connect(options)
  const container = service.getContainerClient(options.container)
  const blobOf = (key: string) => container.getBlockBlobClient(imagePath(key))

  return {
    async put(key, image, { contentType }) {
      const blob = blobOf(key)
      const blobHTTPHeaders = { blobContentType: contentType }
      await run((abortSignal) => blob.upload(image, image.byteLength, { abortSignal, blobHTTPHeaders }))
    },

    async get(key) {
      return read(blobOf(key))
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

  async function run<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const signal = AbortSignal.timeout(timeoutMs)
    try {
      return await work(signal).catch(async (error: unknown) => {
        if (identity || !isMissingContainer(error)) throw error
        await container.createIfNotExists({ abortSignal: signal })
        return work(signal)
      })
    } catch (error) {
      const seconds = timeoutMs / 1000
      const reason = signal.aborted ? `there was no answer within ${seconds} s` : toReason(error)
      throw new LupaError('store_unavailable', `${describe(container.url)} cannot be used: ${reason}`, {
        cause: error,
      })
    }
  }

  /** The service fetches the source by itself, and is let in by a SAS or by our own token. */
  async function admit(source: BlobClient) {
    if (identity) {
      const token = await identity.getToken('https://storage.azure.com/.default')
      const sourceAuthorization = token && { scheme: 'Bearer', value: token.token }
      return { url: source.url, sourceAuthorization }
    }
    // Without an account key the connection string holds a SAS, and the URL has it already.
    if (!(service.credential instanceof StorageSharedKeyCredential)) return { url: source.url }
    const expiresOn = new Date(Date.now() + SOURCE_SAS_MS)
    return { url: await source.generateSasUrl({ permissions: BlobSASPermissions.parse('r'), expiresOn }) }
  }
}

/** The service tells times without their milliseconds. */
function wasStoredBefore(moment: Date, { properties }: BlobItem): boolean {
  return properties.lastModified.getTime() + 999 < moment.getTime()
}

function connect(options: AzureBlobOptions): { service: BlobServiceClient; identity?: TokenCredential } {
  const pipeline: StoragePipelineOptions = {
    retryOptions: { maxTries: 3, tryTimeoutInMs: 5000, retryDelayInMs: 200, maxRetryDelayInMs: 1000 },
  }
  if (options.connectionString) {
    return { service: BlobServiceClient.fromConnectionString(options.connectionString, pipeline) }
  }
  if (!options.accountUrl) throw new TypeError('Blob Storage needs a connectionString or an accountUrl')
  const identity = new DefaultAzureCredential()
  return { service: new BlobServiceClient(options.accountUrl, identity, pipeline), identity }
}

async function undefinedIfMissing<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work
  } catch (error) {
    if (error instanceof RestError && error.statusCode === 404 && !isMissingContainer(error)) return undefined
    throw error
  }
}

function isMissingContainer(error: unknown): boolean {
  return error instanceof RestError && error.code === 'ContainerNotFound'
}

function toReason(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (isMissingContainer(error)) return 'the container does not exist. Create it.'
  if (error instanceof RestError && error.statusCode === 403) {
    return `access is refused (${error.code}). Check the connection string, or give the identity the role Storage Blob Data Contributor.`
  }
  return error instanceof RestError ? `${error.code ?? error.statusCode ?? error.message}.` : error.message
}

/** Without the query, which may be a SAS. */
function describe(containerUrl: string): string {
  const { origin, pathname } = new URL(containerUrl)
  return `The Blob container ${origin}${pathname}`
}
