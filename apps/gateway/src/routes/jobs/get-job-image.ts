import { LupaError } from '@lupa/core/domain/errors'
import type { JobRecord } from '@lupa/core/domain/job'
import { extensionOf } from '@lupa/core/formats/file-name'
import type { ImageStore } from '@lupa/core/images/image-store'
import { cacheKeyOf, type ResultCache } from '@lupa/core/jobs/result-cache'
import { z } from 'zod'
import type { App } from '../../app-type.ts'
import { inlineAs } from '../../content-disposition.ts'
import { CONTENT_TYPE } from '../../image-header.ts'
import { clientOf } from '../../plugins/auth.ts'
import { problems } from '../../plugins/openapi.ts'
import type { JobReader } from '../../read-job.ts'

export interface GetJobImageDeps {
  reader: JobReader
  imageStore: ImageStore
  resultCache: ResultCache
  cacheScope: 'client' | 'global'
}

/** Strangers made these bytes: whatever else they may be, a browser is to take them for an image. */
const AN_IMAGE_ALONE = "default-src 'none'; sandbox"

export function getJobImage(app: App, deps: GetJobImageDeps): void {
  app.get(
    '/v1/jobs/:id/image',
    {
      config: { scope: 'jobs:read', signedLink: true },
      schema: {
        operationId: 'getJobImage',
        tags: ['jobs'],
        summary: 'Get the image of a job',
        description:
          'The bytes that were sent, unchanged: with whatever they say of where and by whom they were taken.',
        params: z.object({ id: z.string().describe("The job's id.") }),
        response: {
          200: z.string().meta({ format: 'binary' }).describe('The image.'),
          ...problems(401, 404, 503),
        },
      },
    },
    async (request, reply) => {
      const record = await deps.reader.readOwn(request.params.id, clientOf(request))
      const image = await readImage(record, deps)
      if (!image) throw new LupaError('image_not_found', 'The image of this job is not stored any more.')
      reply
        .type(CONTENT_TYPE[record.image.format])
        .header(
          'content-disposition',
          inlineAs({ plain: `${record.id}.${extensionOf(record.image)}`, own: record.image_name }),
        )
        .header('content-security-policy', AN_IMAGE_ALONE)
        .header('cache-control', 'private, max-age=3600')
        .header('x-request-id', record.id)
      return reply.send(Buffer.from(image.buffer, image.byteOffset, image.byteLength) as unknown as string)
    },
  )
}

/** The image of an answer from the cache is written behind: until then, its twin is the same picture. */
async function readImage(record: JobRecord, { imageStore, resultCache, cacheScope }: GetJobImageDeps) {
  const image = await imageStore.get(record.id)
  if (image || record.cache !== 'hit') return image
  const twin = await resultCache.get(cacheKeyOf(record, cacheScope)).catch(() => undefined)
  return twin && imageStore.get(twin.job_id)
}
