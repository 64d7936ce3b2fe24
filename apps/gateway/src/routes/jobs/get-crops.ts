import type { ModelCatalog } from '@lupa/core/models/model-catalog'
import { MAX_CROPS } from '@lupa/core/renders/render-order'
import { z } from 'zod'
import type { App } from '../../app-type.ts'
import { paramsOf } from '../../job-view.ts'
import { toRenderOrder } from '../../make-render.ts'
import { clientOf } from '../../plugins/auth.ts'
import { problems } from '../../plugins/openapi.ts'
import type { JobReader } from '../../read-job.ts'
import { SEEN } from '../../render-parameters.ts'
import { assertLocated, type SendRenderDeps, sendRender, UnfinishedRender } from '../../send-render.ts'
import { assertPredicted } from '../../write-job.ts'

export interface GetCropsDeps extends SendRenderDeps {
  reader: JobReader
  catalog: ModelCatalog
}

export function getCrops(app: App, deps: GetCropsDeps): void {
  app.get(
    '/v1/jobs/:id/crops',
    {
      config: { scope: 'jobs:read', signedLink: true },
      schema: {
        operationId: 'getCrops',
        tags: ['jobs'],
        summary: 'Get a cut-out of each detection',
        description:
          `A ZIP of JPEGs named after class, number and confidence, the surest first, ${MAX_CROPS} at most, and ` +
          '`manifest.json`, which says what each is. 202 when it is not made within ten seconds: ask again.',
        params: z.object({ id: z.string().describe("The job's id.") }),
        querystring: z.strictObject(SEEN),
        response: {
          200: z.string().meta({ format: 'zip' }).describe('The archive.'),
          202: UnfinishedRender,
          304: z.null(),
          ...problems(400, 401, 404, 406, 409, 429, 503),
        },
      },
    },
    async (request, reply) => {
      const record = await deps.reader.readOwn(request.params.id, clientOf(request))
      assertLocated(record)
      assertPredicted(record)
      const params = await paramsOf(record, request.query, deps.catalog)
      const order = toRenderOrder(record, { kind: 'crops', format: 'zip' }, params)
      return await sendRender(request, reply, record, order, deps)
    },
  )
}
