import type { Readable } from 'node:stream'
import { LupaError } from '@lupa/core/domain/errors'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { App } from '../app-type.ts'
import type { GatewayConfig } from '../config.ts'
import { type DirectUploads, uploadPath } from '../direct-uploads.ts'
import { ACCEPTED_FORMATS, CONTENT_TYPE } from '../image-header.ts'
import { toImageName } from '../image-name.ts'
import { originOf } from '../origin.ts'
import { show } from '../parameters.ts'
import { clientOf } from '../plugins/auth.ts'
import { problems } from '../plugins/openapi.ts'
import type { Quota } from '../plugins/rate-limit.ts'
import { readBody } from '../plugins/uploads.ts'
import type { SignedLinks } from '../signed-links.ts'

export interface UploadsDeps {
  directUploads: DirectUploads
  links: SignedLinks
  quota: Quota
  config: Pick<GatewayConfig, 'limits'>
}

const UNSAID = 'application/octet-stream'

const NewUpload = z
  .strictObject({
    name: z.string().max(2048).optional().describe('Your own name of the image, such as `bottle.jpg`.'),
    bytes: z.int().min(1).optional().describe('How many bytes it has; others are refused.'),
    content_type: z.string().max(100).optional().describe('What it is, such as `image/jpeg`.'),
    sha256: z
      .string()
      .regex(/^[0-9a-fA-F]{64}$/, '64 hexadecimal digits')
      .optional()
      .describe('Of its bytes, in hexadecimal; others are refused.'),
  })
  .meta({ id: 'NewUpload' })

const Upload = z
  .object({
    object: z.literal('upload'),
    upload_id: z.string().describe('For `POST /v1/jobs`, once the image is there. Yours alone.'),
    method: z.literal('PUT'),
    url: z.string().describe('Where to put the bytes. Whoever has it may do that: keep it to yourself.'),
    headers: z.record(z.string(), z.string()).describe('To be sent with them, as they are.'),
    max_bytes: z.int(),
    expires_at: z.string().describe('Until then the URL takes bytes.'),
    usable_until: z.string().describe('Until then a job can be made of the upload.'),
  })
  .meta({ id: 'Upload' })

export function uploads(app: App, { directUploads, quota, config }: UploadsDeps): void {
  const { imageBytes } = config.limits

  app.post(
    '/v1/uploads',
    {
      config: { scope: 'jobs:write' },
      schema: {
        operationId: 'openUpload',
        tags: ['jobs'],
        summary: 'Get a URL to put an image at',
        description:
          'For large images: put the bytes at `url`, which is Blob Storage itself where images are kept there, then ' +
          'submit the `upload_id` as JSON to `POST /v1/jobs`, or several as `upload_ids` to `POST /v1/batches`. One ' +
          'job is made of an upload: the same request again is answered with that job. An upload that no job was ' +
          'made of is erased after a day.',
        body: NewUpload.nullish(),
        response: { 201: Upload, ...problems(400, 401, 413, 415, 429, 503) },
      },
    },
    async (request, reply) => {
      const { name, bytes = null, content_type: contentType = UNSAID, sha256 } = request.body ?? {}
      assertTaken(contentType)
      await quota.take(request, reply, { uploads: 1 })
      const announced = {
        imageName: toImageName(name),
        contentType,
        bytes,
        sha256: sha256?.toLowerCase() ?? null,
      }
      const opened = await directUploads.open(announced, {
        client: clientOf(request),
        origin: originOf(request),
      })
      return reply.code(201).send({
        object: 'upload' as const,
        upload_id: opened.uploadId,
        method: 'PUT' as const,
        url: opened.url,
        headers: opened.headers,
        max_bytes: imageBytes,
        expires_at: opened.expiresAt.toISOString(),
        usable_until: opened.usableUntil.toISOString(),
      })
    },
  )
}

/** Where the bytes go when the store has no address that clients reach. In a scope of its own: they may be of any type. */
export function putUpload(scope: App, { directUploads, links, config }: Omit<UploadsDeps, 'quota'>): void {
  const { imageBytes } = config.limits
  scope.removeAllContentTypeParsers()
  scope.addContentTypeParser('*', (request: FastifyRequest, payload: Readable) =>
    readBody(request, payload, imageBytes, imageBytes),
  )

  scope.put(
    '/v1/uploads/:key',
    {
      config: { scope: 'none' },
      schema: {
        // An address to be taken as it was given, not to be put together.
        hide: true,
        params: z.object({ key: z.string() }),
        querystring: z.strictObject({ link: z.string().describe('As it stands in the `url`.') }),
        response: { 201: z.null(), ...problems(400, 403, 413, 503) },
      },
    },
    async (request, reply) => {
      const { key } = request.params
      await links.open(request.query.link, { method: 'PUT', path: uploadPath(key) })
      const image = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
      await directUploads.put(key, image, request.headers['content-type'] ?? UNSAID)
      return reply.code(201).send(null)
    },
  )
}

function assertTaken(contentType: string): void {
  const isImage = Object.values(CONTENT_TYPE).includes(contentType.toLowerCase())
  if (isImage || contentType === UNSAID) return
  throw new LupaError(
    'unsupported_image_type',
    `Images of type ${show(contentType)} are not taken: send ${ACCEPTED_FORMATS}.`,
  )
}
