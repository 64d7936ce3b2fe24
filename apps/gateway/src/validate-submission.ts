import { createHash } from 'node:crypto'
import { LupaError } from '@lupa/core/domain/errors'
import { newJobId } from '@lupa/core/domain/ids'
import { type ImageInfo, type JobRequest, WebhookEvent } from '@lupa/core/domain/job'
import { DEFAULT_PARAMS } from '@lupa/core/domain/params'
import type { ModelPackage } from '@lupa/core/models/model-package'
import { checkWebhookUrl, type Outbound } from '@lupa/core/webhooks/guard-address'
import { readImageHeader } from './image-header.ts'
import { checkParameters, classNamesOf, resolveParams, SubmitParameters } from './parameters.ts'
import type { Upload } from './plugins/uploads.ts'
import type { ServedModels } from './served-models.ts'

/** A request to run a model on an image, as it came. */
export interface Submission {
  upload: Upload
  query: Record<string, unknown>
  client: string
  userIp: string | null
  traceId: string | null
  useCache: boolean
}

/** Turns a submission into a complete job request, or rejects with what is wrong with it. */
export type ValidateSubmission = (submission: Submission) => Promise<JobRequest>

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
    const image = describeImage(upload.image, maxImagePixels)
    const model = await models.resolve(given.model)
    return {
      id: newJobId(),
      client: submission.client,
      userIp: submission.userIp,
      imageName: upload.imageName,
      image,
      model: toModelRef(model),
      params: resolveParams(given, DEFAULT_PARAMS, classNamesOf(model)),
      tags: given.tags ?? [],
      webhook: toWebhook(given, outbound),
      traceId: submission.traceId,
      useCache: submission.useCache,
      acceptedAt: new Date(),
      retentionSeconds,
    }
  }
}

function describeImage(image: Uint8Array, maxImagePixels: number): ImageInfo {
  const { format, width, height } = readImageHeader(image)
  if (width * height > maxImagePixels) {
    throw new LupaError(
      'image_too_many_pixels',
      `The image has ${width} × ${height} pixels; ${maxImagePixels} in all are the most. Send it smaller.`,
    )
  }
  const sha256 = createHash('sha256').update(image).digest('hex')
  return { sha256, bytes: image.byteLength, width, height, format }
}

function toModelRef({ name, version, task, digest }: ModelPackage): JobRequest['model'] {
  return { name, version, task, digest }
}

function toWebhook(
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
