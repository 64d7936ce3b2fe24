import { DefaultAzureCredential, type TokenCredential } from '@azure/identity'
import {
  BlobServiceClient,
  type ContainerClient,
  RestError,
  type StoragePipelineOptions,
} from '@azure/storage-blob'
import { LupaError } from '../domain/errors.ts'

export interface AzureBlobOptions {
  /** Either this, or `accountUrl` to come with the identity of the machine. */
  connectionString?: string | undefined
  accountUrl?: string | undefined
  /** That of the machine, unless given. */
  identity?: TokenCredential
  /** Made when it is missing, unless we come with an identity: its role need not allow that. */
  container: string
  /** An operation that takes longer, retries included, is given up. */
  timeoutMs?: number
}

export interface BlobContainer {
  service: BlobServiceClient
  /** Ours, when we come with one instead of a key. */
  identity?: TokenCredential
  container: ContainerClient
  /** Gives work a time limit and a container that is there; rejects with `store_unavailable`. */
  run: <T>(work: (signal: AbortSignal) => Promise<T>) => Promise<T>
}

export function openBlobContainer(options: AzureBlobOptions): BlobContainer {
  const { timeoutMs = 15_000 } = options
  const { service, identity } = connect(options)
  const container = service.getContainerClient(options.container)
  return { service, ...(identity && { identity }), container, run }

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
}

function connect(options: AzureBlobOptions): { service: BlobServiceClient; identity?: TokenCredential } {
  const pipeline: StoragePipelineOptions = {
    retryOptions: { maxTries: 3, tryTimeoutInMs: 5000, retryDelayInMs: 200, maxRetryDelayInMs: 1000 },
  }
  if (options.connectionString) {
    return { service: BlobServiceClient.fromConnectionString(options.connectionString, pipeline) }
  }
  if (!options.accountUrl) throw new TypeError('Blob Storage needs a connectionString or an accountUrl')
  const { identity = new DefaultAzureCredential() } = options
  return { service: new BlobServiceClient(options.accountUrl, identity, pipeline), identity }
}

/** Of a blob; a container that is missing is something else. */
export async function undefinedIfMissing<T>(work: Promise<T>): Promise<T | undefined> {
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
    return `access is refused (${error.code}). Check the connection string, or give the identity the roles Storage Blob Data Contributor and Storage Blob Delegator.`
  }
  return error instanceof RestError ? `${error.code ?? error.statusCode ?? error.message}.` : error.message
}

/** Without the query, which may be a SAS. */
function describe(containerUrl: string): string {
  const { origin, pathname } = new URL(containerUrl)
  return `The Blob container ${origin}${pathname}`
}
