import { LupaError } from '@lupa/core/domain/errors'
import type { ModelSamples } from '@lupa/core/models/model-samples'
import { z } from 'zod'
import type { App } from '../app-type.ts'
import { CONTENT_TYPE, readImageHeader } from '../image-header.ts'
import { problems } from '../plugins/openapi.ts'

const ModelSampleList = z
  .object({
    object: z.literal('list'),
    data: z.array(
      z.object({ name: z.string(), url: z.string().describe('Where the picture is, at this service.') }),
    ),
  })
  .meta({ id: 'ModelSampleList' })

const name = z.string().describe('The name of the model.')

/** The pictures that come with a model. */
export function modelSamples(app: App, { samples }: { samples: ModelSamples }): void {
  app.get(
    '/v1/models/:name/samples',
    {
      config: { scope: 'any' },
      schema: {
        operationId: 'listModelSamples',
        tags: ['models'],
        summary: "List a model's sample pictures",
        description: 'Pictures that come with the model, to try it with: those in its folder `samples`.',
        params: z.object({ name }),
        response: { 200: ModelSampleList, ...problems(401, 503) },
      },
    },
    async (request) => {
      const model = request.params.name
      const names = await samples.list(model)
      const data = names.map((file) => ({
        name: file,
        url: `/v1/models/${encodeURIComponent(model)}/samples/${encodeURIComponent(file)}`,
      }))
      return { object: 'list' as const, data }
    },
  )

  app.get(
    '/v1/models/:name/samples/:file',
    {
      config: { scope: 'any' },
      schema: {
        operationId: 'getModelSample',
        tags: ['models'],
        summary: "Get one of a model's sample pictures",
        params: z.object({ name, file: z.string().describe('The name of the picture.') }),
        response: {
          200: z.string().meta({ format: 'binary' }).describe('The picture.'),
          ...problems(401, 404, 503),
        },
      },
    },
    async (request, reply) => {
      const picture = await samples.get(request.params.name, request.params.file)
      const header = picture && readImageHeader(picture)
      if (!picture || !header) {
        throw new LupaError(
          'image_not_found',
          'The model has no such sample. GET /v1/models/{name}/samples lists them.',
        )
      }
      reply
        .type(CONTENT_TYPE[header.format])
        .header('x-content-type-options', 'nosniff')
        .header('cache-control', 'private, max-age=3600')
      return reply.send(Buffer.from(picture) as unknown as string)
    },
  )
}
