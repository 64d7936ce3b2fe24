import type { ModelCatalog } from '@lupa/core/models/model-catalog'
import { MAX_SIDE, REDACTIONS, RENDER_TYPE } from '@lupa/core/renders/render-order'
import { z } from 'zod'
import type { App } from '../../app-type.ts'
import { toRenderOrder } from '../../make-render.ts'
import { chosen } from '../../parameters.ts'
import { problems } from '../../plugins/openapi.ts'
import { readForPicture } from '../../read-for-picture.ts'
import type { JobReader } from '../../read-job.ts'
import { RASTER, SEEN, SIZED } from '../../render-parameters.ts'
import { type SendRenderDeps, sendRender, UnfinishedRender } from '../../send-render.ts'

export interface GetRedactedDeps extends SendRenderDeps {
  reader: JobReader
  catalog: ModelCatalog
}

const { jpeg, webp, png } = RENDER_TYPE
const TYPES = { jpeg, webp, png }

export function getRedacted(app: App, deps: GetRedactedDeps): void {
  app.get(
    '/v1/jobs/:id/redacted',
    {
      config: { scope: 'jobs:read', signedLink: true },
      schema: {
        operationId: 'getRedactedImage',
        tags: ['jobs'],
        summary: 'Get the image with detections made unknowable',
        description:
          'Of the box around each, and a little more, at most 8 × 8 colours are left, so that nothing brings back what ' +
          'was there. What the model did not see, or not surely enough for `conf`, stays as it is: ask with a low `conf`. ' +
          '202 when it is not made within ten seconds: ask again.',
        params: z.object({ id: z.string().describe("The job's id.") }),
        querystring: z.strictObject({
          ...SEEN,
          format: RASTER,
          mode: chosen(z.enum(REDACTIONS)).describe(
            '`blur` (as if not given), `pixelate`, or `fill` with black.',
          ),
          ...SIZED,
        }),
        response: {
          200: z.string().meta({ format: 'picture' }).describe('The picture.'),
          202: UnfinishedRender,
          304: z.null(),
          ...problems(400, 401, 404, 406, 409, 429, 503),
        },
      },
    },
    async (request, reply) => {
      const { format: named, mode = 'blur', max_side: maxSide = MAX_SIDE, ...view } = request.query
      const asked = { jobId: request.params.id, format: named, types: TYPES, view, ofPlaces: true }
      const { record, format, params } = await readForPicture(asked, { request, reply }, deps)
      const order = toRenderOrder(record, { kind: 'redacted', format, mode, maxSide }, params)
      return await sendRender(request, reply, record, order, deps)
    },
  )
}
