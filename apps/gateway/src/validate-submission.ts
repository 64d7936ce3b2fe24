import { createHash, hash } from 'node:crypto'
import { LupaError } from '@lupa/core/domain/errors'
import { MAX_IMAGE_SIDE } from '@lupa/core/domain/image-limits'
import { type ImageInfo, type JobRequest, WebhookEvent } from '@lupa/core/domain/job'
import { DEFAULT_PARAMS } from '@lupa/core/domain/params'
import { pin } from '@lupa/core/models/pinned-model'
import { checkWebhookUrl, type Outbound } from '@lupa/core/webhooks/guard-address'
import { readImageHeader } from './image-header.ts'
import { checkParameters, classNamesOf, resolveParams, SubmitParameters } from './parameters.ts'
import type { Upload } from './plugins/uploads.ts'
import type { ServedModels } from './served-models.ts'

/** A request to run a model on an image, as it came. */
export interface Submission {
  /** The id of the job that is to be made. */
  id: string
  upload: Upload | LaterUpload
  query: Record<string, unknown>
  client: string
  userIp: string | null
  traceId: string | null
  useCache: boolean
  idempotencyKey: string | undefined
  /** The blob of the inbox that it is, by name. */
  inbox?: string
}

/** An image that is read when a job is to be made of it, and not to know a request again. */
export interface LaterUpload {
  /** Tells the image from all others. */
  source: string
  /** Parameters from form fields or JSON keys, unchecked. */
  fields: Record<string, unknown>
  read: () => Promise<Pick<Upload, 'image' | 'imageName'>>
  /** Once a job has it. */
  drop: () => Promise<void>
}

/** A submission whose image is there. */
export interface ReadSubmission extends Submission {
  upload: Upload
}

/** Turns a submission into a complete job request, or rejects with what is wrong with it. */
export type ValidateSubmission = (submission: ReadSubmission) => Promise<ValidSubmission>

export interface ValidSubmission {
  request: JobRequest
  /** SHA-256 of the image and of all that was asked for it: the same for the same request sent again. */
  fingerprint: string
}

export function createValidateSubmission({
  models,
  outbound,
  maxImagePixels,
  retentionSeconds,
}: {
  models: ServedModels
  outbound: Outbound
  maxImagePixels: number
  retentionSeconds: number
}): ValidateSubmission {
  return async function validate({ upload, query, ...submission }) {
    const given = checkParameters(SubmitParameters, { ...query, ...upload.fields })
    assertMayBeKept(given, retentionSeconds)
    const image = describeImage(upload.image, maxImagePixels)
    const model = await models.resolve(given.model)
    const { id, client, userIp, traceId, useCache, inbox = null } = submission
    const request: JobRequest = {
      id,
      client,
      userIp,
      imageName: upload.imageName,
      image,
      ...pin(model),
      params: resolveParams(given, DEFAULT_PARAMS, classNamesOf(model)),
      tags: given.tags ?? [],
      webhook: toWebhook(given, outbound),
      traceId,
      useCache,
      inbox,
      priority: given.priority ?? 'interactive',
      cancelAfterSeconds: given.cancel_after_seconds ?? null,
      acceptedAt: new Date(),
      retentionSeconds: given.retention_seconds ?? retentionSeconds,
    }
    return { request, fingerprint: fingerprintOf(image.sha256, given, useCache) }
  }
}

/** Of what was given, not of what became of it: a new version of a model makes no other request. */
export function fingerprintOf(source: string, given: SubmitParameters, useCache: boolean): string {
  const facts = Object.entries(given).filter(([, value]) => value !== undefined)
  const sorted = facts.toSorted(([a], [b]) => (a < b ? -1 : 1))
  return createHash('sha256')
    .update(JSON.stringify([source, useCache, sorted]))
    .digest('hex')
}

const LEAST_RETENTION_SECONDS = 60

export function assertMayBeKept(
  { retention_seconds: given }: SubmitParameters,
  retentionSeconds: number,
): void {
  if (given !== undefined && given > 0 && given < LEAST_RETENTION_SECONDS) {
    throw new LupaError(
      'invalid_parameter',
      `retention_seconds=${given} is not valid: it must be at least ${LEAST_RETENTION_SECONDS}, or 0 to keep nothing once the result was handed over.`,
    )
  }
  if (given !== undefined && given > retentionSeconds) {
    throw new LupaError(
      'invalid_parameter',
      `retention_seconds=${given} is not valid: jobs are kept for ${retentionSeconds} seconds at most here.`,
    )
  }
}

export function describeImage(image: Uint8Array, maxImagePixels: number): ImageInfo {
  const { format, width, height } = readImageHeader(image)
  if (width * height > maxImagePixels) {
    throw new LupaError(
      'image_too_many_pixels',
      `The image has ${width} × ${height} pixels; ${maxImagePixels} in all are the most. Send it smaller.`,
    )
  }
  if (Math.max(width, height) > MAX_IMAGE_SIDE) {
    throw new LupaError(
      'image_too_many_pixels',
      `The image has ${width} × ${height} pixels; no side may have more than ${MAX_IMAGE_SIDE}. Send a part of it.`,
    )
  }
  const sha256 = hash('sha256', image, 'hex')
  return { sha256, bytes: image.byteLength, width, height, format }
}

export function toWebhook(
  { webhook_url: url, webhook_events: events }: SubmitParameters,
  outbound: Outbound,
): JobRequest['webhook'] {
  if (url === undefined) {
    if (events) {
      throw new LupaError(
        'invalid_parameter',
        'webhook_events says what to send; webhook_url must say where to.',
      )
    }
    return null
  }
  checkWebhookUrl(url, outbound)
  return { url, events: events ?? [...WebhookEvent.options] }
}
