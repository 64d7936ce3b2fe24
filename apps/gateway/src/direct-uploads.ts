import { createHash } from 'node:crypto'
import { LupaError } from '@lupa/core/domain/errors'
import { JobId, newJobId } from '@lupa/core/domain/ids'
import type { ImageStore } from '@lupa/core/images/image-store'
import { z } from 'zod'
import type { Breakers } from './breaker.ts'
import type { GatewayConfig } from './config.ts'
import { imageTooLarge } from './incoming-image.ts'
import { createSealed } from './sealed.ts'
import type { SignedLinks } from './signed-links.ts'

/**
 * Images that clients put into the store by themselves, past the gateway where the store can be reached, before a
 * job is made of them. An upload lies under a key of its own and is copied for its job: whoever has the URL may
 * write there for a while. What no job is made of has no record, and is swept as every image without one.
 */
export interface DirectUploads {
  open(announced: Announced, asked: { client: string; origin: string }): Promise<OpenedUpload>
  /** Where bytes go that are put at a URL of ours. */
  put(key: string, image: Uint8Array, contentType: string): Promise<void>
  /** Rejects with `upload_not_found`, in the same words whether there is none, it is another client's, or over. */
  find(uploadId: string, client: string): Promise<DirectUpload>
}

/** What a client says of the image it is about to put. */
export interface Announced {
  imageName: string | null
  contentType: string
  bytes: number | null
  sha256: string | null
}

export interface OpenedUpload {
  uploadId: string
  url: string
  headers: Record<string, string>
  expiresAt: Date
  usableUntil: Date
}

export interface DirectUpload {
  /** Tells it from all others. */
  key: string
  imageName: string | null
  /** Rejects with `upload_incomplete` when what was announced is not there, with `image_too_large` when it is too much. */
  read(): Promise<{ image: Buffer; imageName: string | null }>
  /** Once a job has its bytes. */
  drop(): Promise<void>
}

export interface DirectUploadsDeps {
  imageStore: ImageStore
  links: SignedLinks
  secret: string
  breakers: Breakers
  config: Pick<GatewayConfig, 'limits' | 'signedUrls'>
}

/** What an upload id says, to us alone. */
const Ticket = z.object({
  key: JobId,
  client: z.string(),
  imageName: z.string().nullable(),
  bytes: z.int().nullable(),
  sha256: z.string().nullable(),
})
type Ticket = z.output<typeof Ticket>

/** An upload may begin in the last second of its URL, and its job be asked for some time after. */
const USABLE_LONGER_MS = 60 * 60 * 1000

export const uploadPath = (key: string) => `/v1/uploads/${key}`

export function createDirectUploads(deps: DirectUploadsDeps): DirectUploads {
  const { imageStore, links, breakers, config, secret } = deps
  const { imageBytes } = config.limits
  const tickets = createSealed({ secret, purpose: 'upload', claims: Ticket })

  return {
    async open({ contentType, ...announced }, { client, origin }) {
      if (announced.bytes !== null && announced.bytes > imageBytes) throw imageTooLarge(imageBytes)
      const key = newJobId()
      const expiresAt = new Date(Date.now() + config.signedUrls.putSeconds * 1000)
      const usableUntil = new Date(expiresAt.getTime() + USABLE_LONGER_MS)
      const uploadId = await tickets.seal({ key, client, ...announced }, usableUntil)
      const inStore =
        config.signedUrls.by === 'blob'
          ? await breakers.imageStore.watch(() => imageStore.urlToPut(key, { contentType, expiresAt }))
          : undefined
      const place = inStore ?? {
        url: await links.sign({ method: 'PUT', path: uploadPath(key), client }, { origin, expiresAt }),
        headers: { 'content-type': contentType },
      }
      return { uploadId, ...place, expiresAt, usableUntil }
    },

    async put(key, image, contentType) {
      await breakers.imageStore.watch(() => imageStore.put(key, image, { contentType }))
    },

    async find(uploadId, client) {
      const ticket = await tickets.open(uploadId)
      if (ticket?.client !== client) throw uploadNotFound()
      return {
        key: ticket.key,
        imageName: ticket.imageName,
        read: async () => ({ image: await read(ticket), imageName: ticket.imageName }),
        drop: () => breakers.imageStore.watch(() => imageStore.delete(ticket.key)),
      }
    },
  }

  async function read(ticket: Ticket): Promise<Buffer> {
    const found = await breakers.imageStore.watch(() => imageStore.getUpTo(ticket.key, imageBytes))
    if (found === null) throw imageTooLarge(imageBytes)
    if (!found) {
      throw incomplete(
        'nothing is there. PUT the image at its URL first. If a job was made of it already, ask for that job',
      )
    }
    const image = Buffer.from(found.buffer, found.byteOffset, found.byteLength)
    assertAnnounced(image, ticket)
    return image
  }
}

function assertAnnounced(image: Buffer, { bytes, sha256 }: Ticket): void {
  if (bytes !== null && bytes !== image.byteLength) {
    throw incomplete(
      `it has ${image.byteLength} bytes, and ${bytes} were announced. PUT the whole image again`,
    )
  }
  if (sha256 === null) return
  const found = createHash('sha256').update(image).digest('hex')
  if (found === sha256) return
  throw incomplete(`its SHA-256 is ${found}, and ${sha256} was announced. PUT the image again`)
}

function incomplete(why: string): LupaError {
  return new LupaError('upload_incomplete', `Of this upload no job can be made: ${why}.`)
}

function uploadNotFound(): LupaError {
  return new LupaError(
    'upload_not_found',
    'You have no upload of this upload_id, or it is over: see its `usable_until`. POST /v1/uploads opens a new one.',
  )
}
