import type { ContainerListBlobFlatSegmentResponse } from '@azure/storage-blob'
import { type AzureBlobOptions, openBlobContainer, undefinedIfMissing } from '../runtime/blob-container.ts'
import { readAtMost } from '../runtime/read-at-most.ts'
import type { Inbox } from './inbox.ts'

const RESULT = '.lupa.json'
/** What we keep for ourselves in the inbox. */
const OURS = '.lupa/'
const OWED = `${OURS}owed/`
const PAGE = 500

export function createAzureBlobInbox(options: AzureBlobOptions): Inbox {
  const { service, container, run } = openBlobContainer(options)
  const owedBlob = (jobId: string) => container.getBlockBlobClient(`${OWED}${jobId}`)
  const account = placeOf(service.url).replace(/\/$/, '')
  const inbox = `${placeOf(container.url)}/`

  return {
    locate(url) {
      if (!URL.canParse(url)) return { in: 'other_account' }
      const place = placeOf(url)
      if (!place.startsWith(`${account}/`)) return { in: 'other_account' }
      const name = place.startsWith(inbox) ? decode(place.slice(inbox.length)) : ''
      const isOurs = name.startsWith(OURS) || name.endsWith(RESULT)
      return name === '' || isOurs ? { in: 'elsewhere' } : { in: 'inbox', name }
    },

    async read(name, { maxBytes }) {
      return run(async (abortSignal) => {
        const reading = container.getBlobClient(name).download(0, undefined, { abortSignal })
        const download = await undefinedIfMissing(reading)
        if (!download?.readableStreamBody || !download.etag) return undefined
        const image = await readAtMost(download.readableStreamBody, maxBytes)
        const metadata = Object.entries(download.metadata ?? {}).map(([key, value]) => [
          key.toLowerCase(),
          value,
        ])
        return { image, eTag: download.etag, metadata: Object.fromEntries(metadata) }
      })
    },

    async writeResult(name, result) {
      const text = Buffer.from(`${JSON.stringify(result, null, 2)}\n`)
      const blobHTTPHeaders = { blobContentType: 'application/json' }
      const blob = container.getBlockBlobClient(`${name}${RESULT}`)
      await run((abortSignal) => blob.upload(text, text.byteLength, { abortSignal, blobHTTPHeaders }))
    },

    async owe(jobId) {
      await run((abortSignal) => owedBlob(jobId).upload('', 0, { abortSignal }))
    },

    async listOwed({ after }) {
      return run(async (abortSignal) => {
        const paging = { maxPageSize: PAGE, ...(after ? { continuationToken: after } : {}) }
        const { value } = await container.listBlobsFlat({ abortSignal, prefix: OWED }).byPage(paging).next()
        const { segment, continuationToken } = value as ContainerListBlobFlatSegmentResponse
        return {
          jobIds: segment.blobItems.map(({ name }) => name.slice(OWED.length)),
          next: continuationToken || undefined,
        }
      })
    },

    async settle(jobId) {
      await run((abortSignal) => owedBlob(jobId).deleteIfExists({ abortSignal }))
    },
  }
}

/** Host and path of a URL, without its query, which may be a SAS. */
function placeOf(url: string): string {
  const { host, pathname } = new URL(url)
  return `${host}${pathname}`
}

/** The name as it was given, should it hold a `%` that encodes nothing. */
function decode(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}
