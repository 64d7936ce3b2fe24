import type { Job, JobRecord } from '@lupa/core/domain/job'
import { extensionOf } from '@lupa/core/formats/file-name'
import type { ImageStore } from '@lupa/core/images/image-store'
import type { FastifyRequest } from 'fastify'
import type { Breakers } from './breaker.ts'
import type { GatewayConfig } from './config.ts'
import { inlineAs } from './content-disposition.ts'
import { CONTENT_TYPE } from './image-header.ts'
import { originOf } from './origin.ts'
import type { SignedLinks } from './signed-links.ts'

/**
 * The job with links that need no credentials, for a while: to be shown by an `<img>`, followed by an
 * `EventSource`, or handed to somebody else. That of the image leads past us where its store can be reached.
 */
export type SignJobLinks = (job: Job, record: JobRecord, request: FastifyRequest) => Promise<Job>

export interface SignJobLinksDeps {
  links: SignedLinks
  imageStore: ImageStore
  breakers: Breakers
  config: Pick<GatewayConfig, 'signedUrls'>
}

export function createSignJobLinks({ links, imageStore, breakers, config }: SignJobLinksDeps): SignJobLinks {
  const { by, getSeconds } = config.signedUrls

  return async function signJobLinks(job, record, request) {
    const expiresAt = new Date(Date.now() + getSeconds * 1000)
    const sign = (path: string) =>
      links.sign({ method: 'GET', path, client: record.client }, { origin: originOf(request), expiresAt })
    const entries = Object.entries(job.links).map(async ([name, path]) => {
      const inStore = name === 'image' ? await urlInStore(record, expiresAt) : undefined
      return [name, inStore ?? (await sign(path))] as const
    })
    return { ...job, links: Object.fromEntries(await Promise.all(entries)) as Job['links'] }
  }

  /** The image of an answer from the cache is written behind: until then only we know where to find it. */
  async function urlInStore(record: JobRecord, expiresAt: Date): Promise<string | undefined> {
    if (by === 'gateway' || record.cache === 'hit') return undefined
    return breakers.imageStore.watch(() =>
      imageStore.urlToGet(record.id, {
        expiresAt,
        contentType: CONTENT_TYPE[record.image.format],
        contentDisposition: inlineAs({
          plain: `${record.id}.${extensionOf(record.image)}`,
          own: record.image_name,
        }),
      }),
    )
  }
}
